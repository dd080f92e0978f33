// Mutations of one request run one after the other, and each of them tells how things are after it, whatever those
// before it have read.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { administrator } from '../roles/administration.ts'
import { people, type People } from '../roles/people.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'

let app: TestApp
let key: string
let acme: People
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  acme = await people(app, key, 'acme')
  await acme.hire('ada')
  await administrator(app, key).createRole({ slug: 'billing', name: 'Billing' })
})
afterAll(() => app.close())

const InARow = graphql(`
  mutation InARow($userId: ID!, $role: String!) {
    before: disableUser(input: { userId: $userId, reason: "on leave" }) {
      ... on User {
        ...AsTold
      }
    }
    enabled: enableUser(input: { userId: $userId, reason: "back" }) {
      ... on User {
        ...AsTold
      }
    }
    granted: grantRole(input: { userId: $userId, role: $role }) {
      ... on RoleAssignment {
        user {
          ...AsTold
        }
      }
    }
    disabled: disableUser(input: { userId: $userId, reason: "on leave" }) {
      ... on User {
        ...AsTold
      }
    }
    back: enableUser(input: { userId: $userId, reason: "back" }) {
      ... on User {
        ...AsTold
      }
    }
    revoked: revokeRole(input: { userId: $userId, role: $role }) {
      ... on User {
        ...AsTold
      }
    }
  }

  fragment AsTold on User {
    state
    roles {
      slug
    }
    roleAssignments {
      effective
    }
  }
`)

test('each mutation of a request tells how an account is after it', async () => {
  const told = await query(app.url, key, InARow, { userId: await acme.accountId('ada'), role: 'billing' })
  const without = (state: string) => ({ state, roles: [], roleAssignments: [] })
  const having = { state: 'ACTIVE', roles: [{ slug: 'billing' }], roleAssignments: [{ effective: true }] }
  expect(told).toMatchObject({
    before: without('INACTIVE'),
    enabled: without('ACTIVE'),
    granted: { user: having },
    disabled: without('INACTIVE'),
    back: having,
    revoked: without('ACTIVE'),
  })
})
