import { envelope, groupObject, membershipData, userObject } from '../src/simulator/payload.ts'
import type { EventEnvelope, GroupObject, UserObject } from '../src/simulator/payload.ts'
import { directoryId, groupId, organizationId, userId } from './seed.ts'

/** A history of one directory, and the counts at its end. */
export interface History {
  readonly events: readonly EventEnvelope[]
  readonly users: number
  readonly groups: number
  readonly memberships: number
}

/**
 * Returns what happens when a company of a thousand is connected and then carries on: `count` events, half of them
 * about memberships, realistically mixed. The same each time. Few leave: many leavers in such a short time would need
 * approval.
 */
export function historyOf(directory: number, count: number): History {
  const random = seeded(directory + 1)
  const place = { directory_id: directoryId(directory), organization_id: organizationId }
  const users: UserObject[] = []
  const groups: GroupObject[] = []
  let members: { user: UserObject; group: GroupObject }[] = []
  const pairs = new Set<string>()
  const events: EventEnvelope[] = []
  let hired = 0
  let at = Date.UTC(2026, 2, 1)
  const tell = (type: string, data: object) => events.push(envelope(type, data, (at += 20)))
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!

  function hire(): void {
    const n = directory * 100_000 + hired
    hired += 1
    const name = { first_name: 'Grace', last_name: `Hopper ${n}` }
    const custom_attributes = { department_name: 'Research', cost_center: n % 40 }
    const user = userObject({ ...place, ...name, id: userId(n), email: `grace.${n}@example.com`, custom_attributes })
    users.push(user)
    tell('dsync.user.created', user)
  }
  function change(): void {
    const index = Math.floor(random() * users.length)
    const user = { ...users[index]!, job_title: `Engineer ${events.length}`, updated_at: new Date(at).toISOString() }
    users[index] = user
    tell('dsync.user.updated', user)
  }
  function fire(): void {
    const [user] = users.splice(Math.floor(random() * users.length), 1)
    if (user === undefined) return
    // Their memberships end with them, without events.
    members = members.filter((member) => member.user.id !== user.id)
    tell('dsync.user.deleted', { ...user, state: 'inactive' })
  }
  function found(): void {
    const n = directory * 1_000 + groups.length
    const group = groupObject({ ...place, id: groupId(n), name: `Group ${n}` })
    groups.push(group)
    tell('dsync.group.created', group)
  }
  function join(): void {
    const member = { user: pick(users), group: pick(groups) }
    const pair = `${member.user.id} ${member.group.id}`
    if (pairs.has(pair)) return
    pairs.add(pair)
    members.push(member)
    tell('dsync.group.user_added', membershipData(member.user, member.group))
  }
  function leave(): void {
    const [member] = members.splice(Math.floor(random() * members.length), 1)
    if (member === undefined) return
    pairs.delete(`${member.user.id} ${member.group.id}`)
    // With the user's current fields, as WorkOS does.
    const user = users.find(({ id }) => id === member.user.id)!
    tell('dsync.group.user_removed', membershipData(user, member.group))
  }

  found()
  hire()
  while (events.length < count) {
    const dice = random()
    if (dice < 0.25) hire()
    else if (dice < 0.49) change()
    else if (dice < 0.495 && users.length > 50) fire() // with fewer, one is many
    else if (dice < 0.505) found()
    else if (dice < 0.985) join()
    else leave()
  }
  return { events, users: users.length, groups: groups.length, memberships: members.length }
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed * 0x9e37_79b9
  return () => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
