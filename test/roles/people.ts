// A customer whose people and groups come by webhooks, as in life.
import assert from 'node:assert/strict'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'

type Fields = Record<string, unknown>

const Roles = graphql(`
  query PeopleRoles($organizationId: ID) {
    users(first: 100, filter: { organizationId: $organizationId }) {
      nodes {
        id
        directoryUsers {
          id
        }
        roles {
          slug
        }
        roleAssignments {
          role {
            slug
          }
          grantedAt
          effective
          grants {
            kind
            grantedAt
            actor
            mapping {
              id
            }
            group {
              id
            }
            directoryUser {
              id
            }
          }
        }
      }
    }
  }
`)

let seconds = 0

export interface People {
  readonly organizationId: string
  readonly directoryId: string
  userId(id: string): string
  groupId(id: string): string
  /** Tells of something. What is asked for afterwards, here or by an administrator, waits until it is applied. */
  tell(type: string, data: Fields): Promise<void>
  hire(id: string, fields?: Fields): Promise<void>
  found(id: string, name?: string): Promise<void>
  join(groupId: string, ...userIds: string[]): Promise<void>
  quit(groupId: string, userId: string): Promise<void>
  /** The roles of each user of the directory, by short id. */
  roles(): Promise<Record<string, string[]>>
  /** Everything that is told of the account of a user. */
  person(id: string): Promise<Account>
  accountId(id: string): Promise<string>
}
export type Account = Awaited<ReturnType<typeof accountsOf>>[number]

async function accountsOf(app: TestApp, key: string, organizationId: string) {
  await app.applied()
  return (await query(app.url, key, Roles, { organizationId })).users.nodes
}

/** A connected directory of an organization of its own. */
export async function people(app: TestApp, key: string, name: string): Promise<People> {
  const organizationId = `org_${name}`
  const directoryId = `directory_${name}`
  const own = { directory_id: directoryId, organization_id: organizationId }
  const userOf = (id: string, fields: Fields = {}) => user(`${name}_${id}`, { ...own, ...fields })
  const groups = new Map<string, Fields>()
  const users = new Map<string, Fields>()
  const short = (id: string) => id.replace(/^directory_user_/, '').replace(`${name}_`, '')

  async function tell(type: string, data: Fields): Promise<void> {
    seconds += 1
    assert.equal(await app.deliver(event(type, data, seconds)), 200)
  }

  async function person(id: string): Promise<Account> {
    const accounts = await accountsOf(app, key, organizationId)
    const found = accounts.find(({ directoryUsers }) => directoryUsers.some((one) => short(one.id) === id))
    if (found === undefined) throw new Error(`${id} has no account`)
    return found
  }

  await tell('dsync.activated', directory({ id: directoryId, organization_id: organizationId }))
  return {
    organizationId,
    directoryId,
    userId: (id) => `directory_user_${name}_${id}`,
    groupId: (id) => `directory_group_${name}_${id}`,
    tell,
    async hire(id, fields) {
      users.set(id, userOf(id, fields))
      await tell('dsync.user.created', users.get(id)!)
    },
    async found(id, called = id) {
      groups.set(id, group(`${name}_${id}`, { ...own, name: called }))
      await tell('dsync.group.created', groups.get(id)!)
    },
    async join(groupId, ...userIds) {
      for (const id of userIds)
        await tell('dsync.group.user_added', member(groups.get(groupId)!, users.get(id)!, directoryId))
    },
    async quit(groupId, id) {
      await tell('dsync.group.user_removed', member(groups.get(groupId)!, users.get(id)!, directoryId))
    },
    async roles() {
      const accounts = await accountsOf(app, key, organizationId)
      return Object.fromEntries(
        accounts.flatMap(({ directoryUsers, roles }) =>
          directoryUsers.map(({ id }) => [short(id), roles.map(({ slug }) => slug)]),
        ),
      )
    },
    person,
    async accountId(id) {
      return (await person(id)).id
    },
  }
}
