// Names in other letters than those of ASCII, names that are blank, and people without an address.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, user } from '../support/events.ts'

const named = (id: string, first: string, last: string, fields: object = {}) =>
  user(id, { first_name: first, last_name: last, name: null, ...fields })
const people = [
  named('soren', 'Søren', 'Kierkegaard', { email: 'søren@example.com' }),
  named('other', 'Regine', 'Olsen', { email: 'soren@example.com' }),
  named('lukasz', 'Łukasz', 'Żółw'),
  named('hans', 'Hans', 'Straße'),
  named('saga', 'Æsa', 'Þór'),
  named('tina', 'Tina', 'Turner'),
  named('blank', '', '', { email: null }),
  named('spaces', ' ', ' ', { email: '', name: ' ' }),
  named('first', 'Ada', '', { email: 'ada@example.com' }),
  named('whole', '', '', { email: 'max@example.com', name: 'Max Mustermann' }),
]

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  for (const person of people) await app.deliver(event('dsync.user.created', person, 2))
  await app.deliver(event('dsync.group.created', group('road', { name: 'Straßenbau Łódź' }), 2))
  await app.applied()
  key = await app.key()
})
afterAll(() => app.close())

const Found = graphql(`
  query FoundByName($users: DirectoryUserFilter, $accounts: UserFilter) {
    directoryUsers(filter: $users, orderBy: { field: NAME }) {
      totalCount
      nodes {
        id
        name
      }
    }
    users(filter: $accounts, orderBy: { field: NAME }) {
      totalCount
      nodes {
        directoryUsers {
          id
        }
      }
    }
  }
`)
const FoundGroups = graphql(`
  query FoundGroups($filter: DirectoryGroupFilter) {
    directoryGroups(filter: $filter) {
      nodes {
        name
      }
    }
  }
`)

/** Who is found by the same filter of directory users and of accounts, which are one each. */
async function found(filter: { search?: string; email?: string }): Promise<string[]> {
  const { directoryUsers, users } = await query(app.url, key, Found, { users: filter, accounts: filter })
  const short = (id: string) => id.replace('directory_user_', '')
  const ids = directoryUsers.nodes.map(({ id }) => short(id))
  const theirs = users.nodes.map((account) => short(account.directoryUsers[0]!.id))
  expect(theirs.sort()).toEqual(ids.toSorted())
  expect([directoryUsers.totalCount, users.totalCount]).toEqual([ids.length, ids.length])
  return ids
}

describe('a search finds names by the letters that people type', () => {
  test.for([
    ['kierkegaard soren', ['soren']],
    ['SØREN kierke', ['soren']],
    ['lukasz zolw', ['lukasz']],
    ['strasse', ['hans']],
    ['STRASSE', ['hans']],
    ['Straße', ['hans']],
    ['STRAẞE', ['hans']],
    ['thor', ['saga']],
    ['aesa', ['saga']],
  ] as const)('%s', async ([search, expected]) => {
    expect(await found({ search })).toEqual(expected)
  })

  test('those of groups too', async () => {
    const { directoryGroups } = await query(app.url, key, FoundGroups, { filter: { search: 'lodz STRASSENBAU' } })
    expect(directoryGroups.nodes).toEqual([{ name: 'Straßenbau Łódź' }])
  })
})

test('Þór sorts as thor, and a name without parts by what it is as a whole', async () => {
  const sorted = (await found({})).filter((id) => ['hans', 'saga', 'tina', 'lukasz', 'whole'].includes(id))
  expect(sorted).toEqual(['whole', 'hans', 'saga', 'tina', 'lukasz'])
})

test('an address with another letter is another address', async () => {
  expect(await found({ email: 'SØREN@example.com' })).toEqual(['soren'])
  expect(await found({ email: 'Soren@example.com' })).toEqual(['other'])
})

test.for(['', '  ', '\u0301'])('the address %j is nobody’s, though some have none', async (email) => {
  expect(await found({ email })).toEqual([])
})

test('a name of which nothing is said is null, not blank', async () => {
  const { directoryUsers } = await query(app.url, key, Found, { users: {}, accounts: {} })
  const names = Object.fromEntries(
    directoryUsers.nodes.map(({ id, name }) => [id.replace('directory_user_', ''), name]),
  )
  expect(names).toMatchObject({ blank: null, spaces: null, first: 'Ada', whole: 'Max Mustermann', saga: 'Æsa Þór' })
})
