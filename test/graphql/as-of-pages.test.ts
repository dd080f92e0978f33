// Who was there at a past moment is worked out in several ways, so that each page is quick: here it is looked up user
// by user, in whatever the log says of them.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'

const DIRECTORIES = ['directory_0', 'directory_1']
const GROUPS = ['directory_group_0', 'directory_group_1']
const START = Date.parse('2026-06-25T00:00:00Z')
const momentOf = (position: number) => new Date(START + position * 1000).toISOString()
const STATES = ['UNSEEN', 'ACTIVE', 'INACTIVE', 'DELETED']

// More users than are walked past have ids between theirs, and are of another directory.
const OTHERS = 2_100
const userIds = Array.from(
  { length: 40 },
  (_, n) => `directory_user_${n < 20 ? 'a' : 'z'}${String(n).padStart(2, '0')}`,
)
const directoryOf = (userId: string) => DIRECTORIES[userIds.indexOf(userId) % 3 === 0 ? 1 : 0]!

const userId = fc.constantFrom(...userIds)
const change = fc.oneof(
  fc.record({
    userId,
    kind: fc.constantFrom('DIRECTORY_USER_CREATED', 'DIRECTORY_USER_UPDATED', 'DIRECTORY_USER_DELETED'),
    detail: fc.constantFrom(null, ...STATES.map((was) => ({ was }))),
    purgedSince: fc.constantFrom(null, null, null, Number.MAX_SAFE_INTEGER),
  }),
  fc.record({
    userId,
    kind: fc.constant('DIRECTORY_USER_REACTIVATED'),
    previous: fc.constantFrom(...STATES.map((state) => ({ state }))),
  }),
  fc.record({
    userId,
    kind: fc.constantFrom('MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED'),
    groupId: fc.constantFrom(...GROUPS),
  }),
)
const history = fc.record({
  states: fc.array(fc.constantFrom(...STATES), { minLength: userIds.length, maxLength: userIds.length }),
  members: fc.uniqueArray(fc.record({ userId, groupId: fc.constantFrom(...GROUPS), visible: fc.boolean() }), {
    selector: ({ userId, groupId }) => `${userId} ${groupId}`,
    maxLength: 60,
  }),
  changes: fc.array(change, { minLength: 20, maxLength: 200 }),
})

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  await app.db.pool.query(
    `insert into directory (id, name, type, state, domains, created_at, updated_at)
     select 'directory_' || n, '', 'okta scim v2.0', 'ACTIVE', '{}', now(), now() from generate_series(0, 2) n;
     insert into directory_group (id, directory_id, idp_id, name, raw_attributes, state, created_at, updated_at, sort_name)
     select 'directory_group_' || n, 'directory_' || n, '', '', '{}', 'ACTIVE', now(), now(), '' from generate_series(0, 1) n`,
  )
})
afterAll(() => app.close())

const USERS = `
  insert into directory_user (id, directory_id, idp_id, emails, state, active, custom_attributes, raw_attributes, idp_roles,
    created_at, updated_at, sort_name, sort_email, search_text)
  select id, directory_id, id, '[]', state::"DirectoryUserState", true, '{}', '{}', '{}', now(), now(), '', '', ''
  from (
    select * from jsonb_to_recordset($1::jsonb) u (id text, directory_id text, state text)
    union all select 'directory_user_m' || n, 'directory_2', 'ACTIVE' from generate_series(1, ${OTHERS}) n
  ) u`
const MEMBERS = `
  insert into membership (group_id, user_id, directory_id, present, visible, fact_at, fact_id)
  select "groupId", "userId", replace("groupId", '_group', ''), true, visible, now(), ''
  from jsonb_to_recordset($1::jsonb) m ("groupId" text, "userId" text, visible boolean)`
const CHANGES = `
  with added as (
    insert into change (position, kind, directory_id, user_id, group_id, previous, detail, purged_since, changed_fields, source,
      occurred_at, recorded_at)
    select place, kind::"ChangeKind", "directoryId", "userId", "groupId", previous, detail, "purgedSince", '{}', 'WEBHOOK', at, at
    from jsonb_to_recordset($1::jsonb) c (place bigint, kind text, "directoryId" text, "userId" text, "groupId" text,
      previous jsonb, detail jsonb, "purgedSince" bigint, at timestamptz)
    returning position
  )
  update change_clock set position = (select max(position) from added)`

const usersAt = `
  select x.id from directory_user x
  where x.directory_id = $1 and x.state <> 'UNSEEN' and coalesce((
    select c.kind = 'DIRECTORY_USER_DELETED' and coalesce(c.detail ->> 'was', '') <> 'UNSEEN' and c.purged_since is null from change c
    where c.user_id = x.id and c.position > $2
      and (c.kind in ('DIRECTORY_USER_CREATED', 'DIRECTORY_USER_DELETED')
        or c.kind = 'DIRECTORY_USER_REACTIVATED' and c.previous ->> 'state' = 'DELETED')
    order by c.position limit 1
  ), x.state <> 'DELETED')
  order by x.id collate "C"`
const membersAt = `
  select x.id from directory_user x
  where coalesce((
    select c.kind = 'MEMBERSHIP_REMOVED' from change c
    where c.user_id = x.id and c.group_id = $1 and c.position > $2 and c.kind in ('MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED')
    order by c.position limit 1
  ), (select m.visible from membership m where m.user_id = x.id and m.group_id = $1), false)
  order by x.id collate "C"`

interface Page {
  readonly totalCount: number
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
  readonly nodes: readonly { readonly id: string }[]
}

const HISTORIES = process.env.LONG_TESTS === undefined ? 8 : 300

test(
  'pages of a past moment have, in both directions, whom looking up each user finds',
  { timeout: HISTORIES * 10_000 },
  async () => {
    const lists = [
      ...DIRECTORIES.map((id) => ({ id, naive: usersAt, field: `directory(id: "${id}") { list: users` })),
      ...GROUPS.map((id) => ({ id, naive: membersAt, field: `directoryGroup(id: "${id}") { list: members` })),
    ]
    let position = 0
    await fc.assert(
      fc.asyncProperty(history, async ({ states, members, changes }) => {
        const { pool } = app.db
        await pool.query('delete from membership; delete from directory_user')
        const users = userIds.map((id, n) => ({ id, directory_id: directoryOf(id), state: states[n] }))
        await pool.query(USERS, [JSON.stringify(users)])
        await pool.query(MEMBERS, [JSON.stringify(members)])
        const before = position
        const placed = changes.map((one) => {
          position += 1
          return { ...one, place: position, at: momentOf(position), directoryId: directoryOf(one.userId) }
        })
        await pool.query(CHANGES, [JSON.stringify(placed)])

        for (const moment of [before, Math.floor((before + position) / 2), position - 1, position])
          for (const { id, naive, field } of lists) {
            const { rows } = await pool.query<{ id: string }>(naive, [id, moment])
            const wanted = rows.map((row) => row.id)
            const page = async (args: string) => {
              const asked = `{ ${field}(${args}, asOf: "${momentOf(moment)}") {
              totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id } } } }`
              const { data, errors } = await ask<Record<string, { readonly list: Page }>, object>(app.url, key, asked)
              expect(errors).toBeUndefined()
              return Object.values(data!)[0]!.list
            }
            const forwards = [await page('first: 4')]
            while (forwards.at(-1)!.pageInfo.hasNextPage)
              forwards.push(await page(`first: 4, after: "${forwards.at(-1)!.pageInfo.endCursor}"`))
            const backwards = [await page('last: 4')]
            while (backwards[0]!.pageInfo.hasPreviousPage)
              backwards.unshift(await page(`last: 4, before: "${backwards[0]!.pageInfo.startCursor}"`))
            for (const pages of [forwards, backwards]) {
              const ids = pages.flatMap(({ nodes }) => nodes.map((node) => node.id))
              expect({ field, moment, ids }).toEqual({ field, moment, ids: wanted })
              expect(new Set(pages.map(({ totalCount }) => totalCount))).toEqual(new Set([wanted.length]))
            }
          }
      }),
      { numRuns: HISTORIES },
    )
  },
)
