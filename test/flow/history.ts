import type { Database } from '../../src/db/database.ts'
import { directory, event, group, member, user } from '../support/events.ts'

/**
 * The endless life of a directory: people come, change, join groups, leave them and go. Two of one name live the same.
 */
export function* historyOf(directoryId: string, organizationId: string): Generator<ReturnType<typeof event>> {
  const random = randomOf(directoryId)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const own = { directory_id: directoryId, organization_id: organizationId }
  // As they are now: an event of a membership holds them whole.
  const users: ReturnType<typeof user>[] = []
  const groups: ReturnType<typeof group>[] = []
  let second = 0
  const happens = (type: string, data: Record<string, unknown>) => event(`dsync.${type}`, { ...data }, (second += 1))

  yield happens('activated', directory({ id: directoryId, organization_id: organizationId }))
  for (let n = 0; ; n++) {
    const chance = random()
    if (users.length < 5 || chance < 0.3) {
      users.push(user(`${directoryId}_${n}`, own))
      yield happens('user.created', users.at(-1)!)
    } else if (groups.length < 3 || chance < 0.35) {
      groups.push(group(`${directoryId}_${n}`, own))
      yield happens('group.created', groups.at(-1)!)
    } else if (chance < 0.6) {
      yield happens('user.updated', Object.assign(pick(users), { job_title: `Job ${n}` }))
    } else if (chance < 0.65) {
      yield happens('group.updated', Object.assign(pick(groups), { name: `Group ${n}` }))
    } else if (chance < 0.95) {
      const type = chance < 0.85 ? 'group.user_added' : 'group.user_removed'
      yield happens(type, member({ ...pick(groups) }, { ...pick(users) }, directoryId))
    } else {
      const [gone] = users.splice(Math.floor(random() * users.length), 1)
      yield happens('user.deleted', { ...gone!, state: 'inactive' })
    }
  }
}

/** What a mirror shows: who has which job, what the groups are called, and who is in which. */
export interface Mirror {
  readonly users: Record<string, string | null>
  readonly groups: Record<string, string>
  readonly members: string[]
}

/** What such lives lead to, by the last that each event says of somebody or something. */
export function mirrorOf(events: readonly ReturnType<typeof event>[]): Mirror {
  const users = new Map<string, string | null>()
  const groups = new Map<string, string>()
  const members = new Map<string, string>()
  const inOrder = events.toSorted((a, b) => a.created_at.localeCompare(b.created_at)) // one a second in a directory
  for (const { event: type, data } of inOrder) {
    const told = data as { id: string; job_title: string | null; name: string; user?: typeof told; group?: typeof told }
    const user = type.startsWith('dsync.user.') ? told : told.user
    const group = type.endsWith('group.created') || type.endsWith('group.updated') ? told : told.group
    if (type === 'dsync.user.deleted') users.delete(told.id)
    else if (user !== undefined) users.set(user.id, user.job_title)
    if (group !== undefined) groups.set(group.id, group.name)
    if (type === 'dsync.group.user_added') members.set(`${group!.id} ${user!.id}`, user!.id)
    if (type === 'dsync.group.user_removed') members.delete(`${group!.id} ${user!.id}`)
  }
  return {
    users: Object.fromEntries(users),
    groups: Object.fromEntries(groups),
    members: [...members]
      .filter(([, user]) => users.has(user))
      .map(([edge]) => edge)
      .sort(),
  }
}

export async function readMirror({ pool }: Database): Promise<Mirror> {
  const rows = async (text: string) => (await pool.query<{ key: string; value: string }>(text)).rows
  const pairs = async (text: string) => Object.fromEntries((await rows(text)).map(({ key, value }) => [key, value]))
  const members = await rows(`select group_id || ' ' || user_id as key from membership where visible`)
  return {
    users: await pairs(`select id as key, job_title as value from directory_user where state = 'ACTIVE'`),
    groups: await pairs(`select id as key, name as value from directory_group where state = 'ACTIVE'`),
    members: members.map(({ key }) => key).sort(),
  }
}

// mulberry32
function randomOf(text: string): () => number {
  let state = Buffer.from(text).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
