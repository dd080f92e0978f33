// Rows drift for reasons that no event will ever tell: of ten thousand one in a hundred.
import { expect, test } from 'vitest'
import type { Queryable } from '../../src/db/database.ts'
import { startHarness } from './harness.ts'

const [USERS, ROWS] = [3_230, 10_000]

test('drift is counted exactly by a dry run that writes nothing, and repaired to zero, with one change for each difference', async () => {
  const pull = await startHarness({ directories: ['entra'], usersPerDirectory: USERS })
  await pull.backfilled()
  await pull.expectInStep()
  await pull.age()
  const { pool } = pull.app.db
  const whole = await dump(pool)
  expect(whole.users.length + whole.groups.length + whole.edges.length).toBeGreaterThan(ROWS)

  const expected = await drift(pool, pull.directoryId)
  const differences = Object.values(expected).reduce((sum, count) => sum + count, 0)
  expect(differences).toBeGreaterThan(100)
  const drifted = await dump(pool)
  await expect(pull.expectInStep()).rejects.toThrow('deeply equal')
  const numbers = countsOf(expected)
  const [{ position }] = (await pull.list<{ position: number }>('select position from change_clock')) as [
    { position: number },
  ]

  const dry = await pull.resync(true)
  expect(dry).toMatchObject({ state: 'SUCCEEDED', error: null, ...numbers })
  expect(await dump(pool)).toEqual(drifted)
  expect(await pull.list('select from change where position > $1', position)).toEqual([])

  const { unchanged } = dry
  const real = await pull.resync()
  expect(real).toMatchObject({ state: 'SUCCEEDED', error: null, ...numbers, unchanged })
  const seen = real.usersSeen + real.groupsSeen + real.membershipsSeen
  expect(unchanged).toBe(seen - numbers.created - numbers.updated)
  await pull.expectInStep()
  expect(await dump(pool)).toEqual(whole)
  const kinds = await pull.list<{ kind: string; count: number }>(
    `select kind::text, count(*) from change where position > $1 and source = 'SYNC_RUN' and event_id is null group by kind`,
    position,
  )
  // Whoever was missing has an account again, too.
  const told = { ...expected, USER_PROVISIONED: expected.DIRECTORY_USER_CREATED }
  expect(Object.fromEntries(kinds.map(({ kind, count }) => [kind, count]))).toEqual(told)

  await pull.age()
  const again = await pull.resync()
  expect(again).toMatchObject({ state: 'SUCCEEDED', created: 0, updated: 0, removed: 0 })
  await pull.close()
})

type Kind = `DIRECTORY_USER_${string}` | `DIRECTORY_GROUP_${string}` | `MEMBERSHIP_${string}`

/** What a run says of so many changes of each kind. */
function countsOf(expected: Record<Kind, number>): { created: number; updated: number; removed: number } {
  const sum = (ends: RegExp) =>
    Object.entries(expected).reduce((total, [kind, count]) => total + (ends.test(kind) ? count : 0), 0)
  return {
    created: sum(/_(CREATED|ADDED)$/),
    updated: sum(/_(UPDATED|DEACTIVATED|REACTIVATED)$/),
    removed: sum(/_(DELETED|REMOVED)$/),
  }
}

/**
 * Every column of what readers see, but for the versions of facts, and for accounts: with a row that goes missing goes
 * the memory of whose it was.
 */
async function dump(db: Queryable) {
  const rows = async (text: string) => (await db.query<object>(text)).rows.map((row) => JSON.stringify(row))
  const versions = `array['fact_at', 'fact_id', 'overlay', 'members_run_id', 'account_id']`
  return {
    users: await rows(
      `select to_jsonb(u) - ${versions} as row from directory_user u where state in ('ACTIVE', 'INACTIVE') order by id`,
    ),
    groups: await rows(
      `select to_jsonb(g) - ${versions} as row from directory_group g where state = 'ACTIVE' order by id`,
    ),
    edges: await rows(
      `select to_jsonb(m) - ${versions} as row from membership m where visible order by group_id, user_id`,
    ),
  }
}

interface Edge {
  group_id: string
  user_id: string
}

/** Lets the mirror drift in every way, no row in two, and gives the changes that a repair has to make. */
async function drift(db: Queryable, directoryId: string): Promise<Record<Kind, number>> {
  const { rows: users } = await db.query<{ id: string; state: string }>(
    'select id, state from directory_user order by id',
  )
  const { rows: groups } = await db.query<{ id: string }>('select id from directory_group order by id')
  const take = <Item>(from: Item[], count: number) => from.splice(Math.floor(from.length / 3), count)
  const groupIds = groups.map(({ id }) => id)
  const missing = take(groupIds, 2)
  // What drifts in two ways is told in two steps: nobody who drifts is in a group that is missing.
  const { rows: members } = await db.query<Edge>('select user_id from membership where group_id = any($1)', [missing])
  const apart = new Set(members.map(({ user_id }) => user_id))
  const of = (wanted: string) => users.filter(({ id, state }) => state === wanted && !apart.has(id)).map(({ id }) => id)
  const [active, inactive] = [of('ACTIVE'), of('INACTIVE')]
  const set = async (table: string, assignments: string, ids: string[]) => {
    const { rowCount } = await db.query(`update ${table} set ${assignments} where id = any($1)`, [ids])
    expect(rowCount).toBe(ids.length)
  }

  // Names, addresses, attributes, states.
  await set('directory_user', `first_name = 'Drift', name = 'Drift ' || last_name`, take(active, 15))
  await set('directory_user', `email = 'drift.' || email`, take(active, 10))
  await set('directory_user', `custom_attributes = custom_attributes || '{"department_name":"Drift"}'`, take(active, 5))
  await set('directory_user', `state = 'INACTIVE', active = false`, take(active, 5))
  await set('directory_user', `state = 'ACTIVE', active = true`, take(inactive, 4))
  await set('directory_user', `state = 'DELETED', deleted_at = now()`, take(active, 4))
  const buried = take(active, 3)
  await set('directory_user', `state = 'DELETED', deleted_at = now()`, buried)
  const hidden = await db.query('update membership set visible = false where user_id = any($1) and visible', [buried])
  await set('directory_group', `name = 'Drift ' || name`, take(groupIds, 3))
  // What is made of other columns, and so is nobody's change.
  await set('directory_user', `sort_name = 'drift', search_text = 'drift'`, take(active, 5))
  await set('directory_user', 'organization_id = null', take(active, 5))

  // Rows that are missing, and their memberships are not.
  await db.query('delete from directory_user where id = any($1)', [take(active, 10)])
  await db.query('delete from directory_group where id = any($1)', [missing])

  // Memberships that are missing, hidden, taken for gone, made up, and shown though they have ended. Of people and
  // groups in whom nothing else drifts.
  const joiners = take(active, 12 + 6)
  const { rows: edges } = await db.query<Edge>(
    `select group_id, user_id from membership where user_id = any($1) and group_id = any($2) order by user_id, group_id`,
    [active, groupIds],
  )
  const each = async (text: string, of: Edge[]) => {
    const values = [of.map(({ group_id }) => group_id), of.map(({ user_id }) => user_id)]
    const pairs = 'select g as group_id, u as user_id from unnest($1::text[], $2::text[]) as p (g, u)'
    const { rowCount } = await db.query(text.replace('PAIRS', `(${pairs})`), values)
    expect(rowCount).toBe(of.length)
  }
  await each('delete from membership where (group_id, user_id) in PAIRS', take(edges, 15))
  await each('update membership set visible = false where (group_id, user_id) in PAIRS', take(edges, 8))
  await each(
    'update membership set present = false, visible = false where (group_id, user_id) in PAIRS',
    take(edges, 5),
  )
  const others: Edge[] = []
  for (const user_id of joiners) {
    const { rows } = await db.query<Edge>(
      `select id as group_id, $1 as user_id from directory_group g
       where id = any($2) and not exists (select from membership where group_id = g.id and user_id = $1) limit 1`,
      [user_id, groupIds],
    )
    others.push(...rows)
  }
  const old = `now() - interval '1 hour', 'event_old'`
  const join = `insert into membership select group_id, user_id, '${directoryId}', true, true, ${old} from PAIRS p`
  await each(join, others.slice(0, 12))
  await each(join.replace('true, true', 'false, true'), others.slice(12))

  // People and groups whom WorkOS does not know, some of them with memberships.
  const copy = async (table: string, from: string, ids: string[]) => {
    const columns = `jsonb_build_object('id', n, 'fact_at', now() - interval '1 hour', 'fact_id', 'event_old')`
    await db.query(
      `insert into ${table} select r.* from ${table} o, unnest($2::text[]) as n, jsonb_populate_record(o, ${columns}) r where o.id = $1`,
      [from, ids],
    )
  }
  const strangers = Array.from({ length: 12 }, (_, n) => `directory_user_01ZZZZZZZZZZZZZZZZZZZZ${1000 + n}`)
  await copy('directory_user', active[0]!, strangers)
  await each(
    join,
    strangers.slice(0, 2).map((user_id) => ({ group_id: groupIds[0]!, user_id })),
  )
  const clubs = ['directory_group_01ZZZZZZZZZZZZZZZZZZZZ1000', 'directory_group_01ZZZZZZZZZZZZZZZZZZZZ1001']
  await copy('directory_group', groupIds[0]!, clubs)
  await each(
    join,
    clubs.flatMap((group_id) => active.slice(0, 3).map((user_id) => ({ group_id, user_id }))),
  )

  return {
    DIRECTORY_USER_UPDATED: 15 + 10 + 5,
    DIRECTORY_USER_REACTIVATED: 5 + 4 + 3,
    DIRECTORY_USER_DEACTIVATED: 4,
    DIRECTORY_USER_CREATED: 10,
    DIRECTORY_USER_DELETED: 12,
    DIRECTORY_GROUP_UPDATED: 3,
    DIRECTORY_GROUP_CREATED: 2,
    DIRECTORY_GROUP_DELETED: 2,
    MEMBERSHIP_ADDED: hidden.rowCount! + 15 + 8 + 5,
    MEMBERSHIP_REMOVED: 12 + 6 + 2 + 6,
  }
}
