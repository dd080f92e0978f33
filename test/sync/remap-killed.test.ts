import { expect, test } from 'vitest'
import { createApiKey } from '../../src/auth/api-key.ts'
import { openDatabase } from '../../src/db/database.ts'
import { seed } from '../graphql/seed.ts'
import { createTestDatabase } from '../support/database.ts'
import { startServerProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'

test('a server that is killed half-way goes on where it was: each user is told of once', async () => {
  const { connectionString, drop } = await createTestDatabase()
  const db = openDatabase({ connectionString, size: 2, onIdleError: () => {} })
  const list = async <Value>(text: string) =>
    (await db.pool.query<Record<string, Value>>(text)).rows.map((row) => Object.values(row)[0]!)
  const USERS = 8_000
  await seed(db, {
    organizations: 1,
    directories: 1,
    users: USERS,
    groups: 0,
    groupsPerUser: 0,
    changesPerUser: 0,
    events: 0,
  })
  const { secret } = await createApiKey(db.pool, {
    name: 'test',
    scopes: ['*'],
    organizationId: null,
    createdBy: 'test',
  })
  const ask = (url: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        query: `mutation { updateAttributeMapping(input: { directoryId: "directory_0000000", attribute: "department", pointers: ["/custom_attributes/team"] }) {
          ... on AttributeMappingUpdate { changedUsers } } }`,
      }),
    }).then((response) => response.json() as Promise<unknown>)
  const cursor = async () => (await list<string>('select cursor from attribute_remap'))[0] ?? ''
  let reached = ''
  for (let kill = 0; kill < 2; kill += 1) {
    const server = await startServerProcess(connectionString)
    const answer = ask(server.url).catch(() => 'cut off')
    await until(async () => (await cursor()) > reached)
    await server.end('SIGKILL')
    expect(await answer).toBe('cut off')
    reached = await cursor()
  }
  expect(await list('select finished_at from attribute_remap')).toEqual([null])
  const server = await startServerProcess(connectionString)
  // Whoever was cut off asks again, and hears how many it were in all.
  const present = (USERS * 19) / 20
  expect(await ask(server.url)).toEqual({ data: { updateAttributeMapping: { changedUsers: present } } })
  expect(
    await list(
      `select count(*) || ' of ' || count(distinct user_id) || ' ' || min(previous::text) || max(previous::text) from change
       where kind = 'DIRECTORY_USER_UPDATED'`,
    ),
  ).toEqual([`${present} of ${present} ${'{"attributes": {"department": "Engineering"}}'.repeat(2)}`])
  expect(await list(`select count(*) from change where kind = 'ATTRIBUTE_MAPPING_UPDATED'`)).toEqual([1])
  await server.end('SIGTERM')
  await db.close()
  await drop()
})
