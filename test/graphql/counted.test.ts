// What is counted, and which identities an account has, is the viewer's own (law 8), and what lists show.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { seed } from './seed.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  const sizes = { organizations: 2, directories: 2, users: 40, groups: 4, groupsPerUser: 1 }
  await seed(app.db, { ...sizes, changesPerUser: 0, events: 0 })
  key = await app.key('org_0000000')
})
afterAll(() => app.close())

async function answer<Data>(query: string, by = key): Promise<Data> {
  const { data, errors } = await ask<Data, Record<string, never>>(app.url, by, query)
  expect(errors).toBeUndefined()
  return data!
}
const number = async (text: string) =>
  (await app.db.pool.query<{ n: number }>(`select count(*)::int as n ${text}`)).rows[0]!.n

test.for([
  ['directoryUsers', 'directory_user'],
  ['directoryGroups', 'directory_group'],
] as const)('how many %s there are is told of no other organization', async ([list, table]) => {
  const count = async (filter: string) =>
    (await answer<Record<string, { totalCount: number }>>(`{ ${list}(filter: { ${filter} }) { totalCount } }`))[list]!
      .totalCount
  const live = `from ${table} where state::text in ('ACTIVE', 'INACTIVE') and directory_id = 'directory_0000000'`
  expect(await count('directoryId: "directory_0000000"')).toBe(await number(live))
  expect(await count('directoryId: "directory_0000001"')).toBe(0)
  expect(await count('organizationId: "org_0000001"')).toBe(0)
  expect(await count('organizationId: "org_0000001", directoryId: "directory_0000000"')).toBe(0)
  expect(await count('organizationId: "org_0000001", directoryId: "directory_0000001"')).toBe(0)
})

test('members and groups that are not shown are not counted', async () => {
  await app.db.pool.query(`
    update membership set visible = false
    where (group_id, user_id) = (select group_id, user_id from membership where group_id = 'directory_group_0000000' and visible limit 1);
    update directory_group set state = 'DELETED' where id = 'directory_group_0000002'`)
  interface Counts {
    directory: { groupCount: number }
    directoryGroup: { memberCount: number; members: { totalCount: number } }
  }
  const { directory, directoryGroup } = await answer<Counts>(
    `{ directory(id: "directory_0000000") { groupCount } directoryGroup(id: "directory_group_0000000") { memberCount members { totalCount } } }`,
  )
  const members = await number(`from membership where group_id = 'directory_group_0000000' and visible`)
  expect(members).toBeGreaterThan(0)
  expect(directoryGroup).toEqual({ memberCount: members, members: { totalCount: members } })
  expect(directory.groupCount).toBe(1)
})

test("an account's identities are the viewer's own that were seen, oldest first, and by id where two are as old", async () => {
  const account = 'account_0000000'
  await app.db.pool.query(`
    update directory_user set account_id = '${account}' where id in ('directory_user_0000002', 'directory_user_0000004', 'directory_user_0000006',
      'directory_user_0000008', 'directory_user_0000001');
    update directory_user set state = 'UNSEEN' where id = 'directory_user_0000008';
    update directory_user set created_at = '2025-01-01Z' where id = 'directory_user_0000006';
    update directory_user set created_at = '2025-01-01Z' where id = 'directory_user_0000004'`)
  interface Identities {
    user: { directoryUsers: { id: string }[] }
  }
  const query = `{ user(id: "${account}") { directoryUsers { id } } }`
  const numbers = async (by: string) =>
    (await answer<Identities>(query, by)).user.directoryUsers.map(({ id }) => Number(id.slice(-7)))
  expect(await numbers(key)).toEqual([4, 6, 0, 2])
  expect(await numbers(await app.key(null))).toEqual([4, 6, 0, 1, 2])
})
