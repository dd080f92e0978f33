import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

const Mirror = graphql(`
  query Mirror($id: ID!) {
    directory(id: $id) {
      name
      state
      userCount
      users {
        nodes {
          id
          name
          email
          state
          groups {
            nodes {
              name
              memberCount
            }
          }
        }
      }
    }
    changes {
      nodes {
        __typename
      }
    }
  }
`)

test('what WorkOS tells is what the mirror shows, and a redelivered webhook changes nothing', async () => {
  const ada = user('ada')
  const engineering = group('engineering')
  const events = [
    event('dsync.activated', directory(), 1),
    event('dsync.user.created', ada, 2),
    event('dsync.group.created', engineering, 3),
    event('dsync.group.user_added', member(engineering, ada), 4),
  ]
  for (const one of [...events, ...events]) expect(await app.deliver(one)).toBe(200)
  await app.applied()
  const { directory: seen, changes } = await query(app.url, await app.key(), Mirror, { id: directoryId })
  expect(seen).toEqual({
    name: 'Test directory',
    state: 'ACTIVE',
    userCount: 1,
    users: {
      nodes: [
        {
          id: 'directory_user_ada',
          name: 'ada Example',
          email: 'ada@example.com',
          state: 'ACTIVE',
          groups: { nodes: [{ name: 'engineering', memberCount: 1 }] },
        },
      ],
    },
  })
  const kinds = changes.nodes.map((change) => change.__typename)
  expect(kinds.filter((kind) => kind !== 'UserChange')).toEqual([
    'DirectoryChange',
    'DirectoryUserChange',
    'DirectoryGroupChange',
    'MembershipChange',
  ])
  expect(kinds.filter((kind) => kind === 'UserChange')).toHaveLength(1)
})
