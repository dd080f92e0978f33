// One customer per test, on a server that many tests share: driven by signed webhooks, observed through GraphQL.
import assert from 'node:assert/strict'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'

type Fields = Record<string, unknown>

const Company = graphql(`
  query Company($id: ID!) {
    directory(id: $id) {
      name
      state
      deletedAt
      users(first: 100, filter: { state: [ACTIVE, INACTIVE, DELETED] }) {
        nodes {
          id
          idpId
          state
          email
          name
          firstName
          username
          customAttributes
          idpRoles
          createdAt
          deletedAt
          groups(first: 100) {
            nodes {
              id
            }
          }
        }
      }
      groups(first: 100) {
        nodes {
          id
          name
          memberCount
          members(first: 100) {
            nodes {
              id
            }
          }
        }
      }
    }
    changes(last: 100, filter: { directoryId: $id }) {
      nodes {
        __typename
        eventId
        ... on DirectoryChange {
          directoryKind: kind
        }
        ... on DirectoryUserChange {
          userKind: kind
          directoryUserId
          changedFields
        }
        ... on DirectoryGroupChange {
          groupKind: kind
          directoryGroupId
        }
        ... on MembershipChange {
          membershipKind: kind
          directoryUserId
          directoryGroupId
        }
      }
    }
    events(first: 100, filter: { directoryId: $id }) {
      nodes {
        id
        type
        status
        attempts
        error
        occurredAt
      }
    }
  }
`)

export interface Company {
  readonly directoryId: string
  /** A user's payload; `id` is short, and unique with the company's name. */
  user(id: string, fields?: Fields): Fields & { readonly id: string }
  group(id: string, fields?: Fields): Fields & { readonly id: string }
  member(group: object, user: object): Fields
  directory(fields?: Fields): Fields
  /** Delivers an event that happened at that second and waits until it is applied. Returns its id. */
  tell(type: string, data: Fields, second: number): Promise<string>
  /** What everybody can see. */
  look(): Promise<Look>
  /** Delivers everything again, in another order: nothing may change. */
  retell(): Promise<void>
}

export interface Look {
  readonly directory: { readonly name: string; readonly state: string; readonly deletedAt: string | null } | null
  readonly users: Record<string, LookUser>
  readonly groups: Record<string, { readonly name: string; readonly members: readonly string[] }>
  /** In words: `user ada CREATED`. */
  readonly changes: readonly string[]
  readonly events: Record<
    string,
    {
      readonly type: string
      readonly status: string
      readonly attempts: number
      readonly error: string | null
      readonly occurredAt: string
    }
  >
}
export interface LookUser {
  readonly state: string
  readonly email: string | null
  readonly idpId: string
  readonly name: string | null
  readonly firstName: string | null
  readonly username: string | null
  readonly customAttributes: unknown
  readonly idpRoles: readonly string[]
  readonly createdAt: string
  readonly deletedAt: string | null
  readonly groups: readonly string[]
}

export function company(app: TestApp, key: string, name: string): Company {
  const directoryId = `directory_${name}`
  const bodies: string[] = []
  const short = (id: string) => id.replace(/^directory_(user_|group_)/, '').replace(`${name}-`, '')

  async function look(): Promise<Look> {
    const { directory: seen, changes, events } = await query(app.url, key, Company, { id: directoryId })
    const { users, groups, ...rest } = seen ?? { users: { nodes: [] }, groups: { nodes: [] } }
    for (const { name: called, memberCount, members } of groups.nodes)
      assert.equal(memberCount, members.nodes.length, called)
    return {
      directory: 'state' in rest ? rest : null,
      users: Object.fromEntries(
        users.nodes.map(({ id, groups: of, ...row }) => [
          short(id),
          { ...row, groups: of.nodes.map((one) => short(one.id)).sort() },
        ]),
      ),
      groups: Object.fromEntries(
        groups.nodes.map(({ id, name: called, members }) => [
          short(id),
          { name: called, members: members.nodes.map((one) => short(one.id)).sort() },
        ]),
      ),
      // What follows for accounts has its own tests.
      changes: changes.nodes
        .filter(({ __typename }) => __typename !== 'UserChange')
        .map((change) => {
          switch (change.__typename) {
            case 'DirectoryChange':
              return `directory ${change.directoryKind}`
            case 'DirectoryUserChange':
              return `user ${short(change.directoryUserId)} ${change.userKind}`
            case 'DirectoryGroupChange':
              return `group ${short(change.directoryGroupId)} ${change.groupKind}`
            case 'MembershipChange':
              return `membership ${short(change.directoryGroupId)} ${short(change.directoryUserId)} ${change.membershipKind}`
            default:
              return change.__typename
          }
        }),
      events: Object.fromEntries(events.nodes.map(({ id, ...row }) => [id, row])),
    }
  }

  async function deliver(body: string): Promise<void> {
    assert.equal(await app.deliver(body), 200)
    await app.applied()
  }

  return {
    directoryId,
    look,
    user: (id, fields) => user(`${name}-${id}`, { directory_id: directoryId, ...fields }),
    group: (id, fields) => group(`${name}-${id}`, { directory_id: directoryId, name: id, ...fields }),
    member: (groupObject, userObject) => member(groupObject, userObject, directoryId),
    directory: (fields) => directory({ id: directoryId, ...fields }),
    async tell(type, data, second) {
      const one = event(type, data, second)
      bodies.push(JSON.stringify(one))
      await deliver(bodies.at(-1)!)
      return one.id
    },
    async retell() {
      const before = await look()
      for (const body of bodies.toReversed()) await deliver(body)
      assert.deepEqual(await look(), before)
    },
  }
}
