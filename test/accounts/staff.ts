// One customer per test, on a server that many tests share: people of a directory, and the accounts that they belong
// to.
import assert from 'node:assert/strict'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { AccountQuery, IdentityOfQuery } from '../../src/generated/operations/graphql.ts'
import type { TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { Account, AccountChanges, IdentityOf, Upsert } from './operations.ts'

type Fields = Record<string, unknown>

export interface Staff {
  readonly organizationId: string
  readonly directoryId: string
  readonly key: string
  /** The id at WorkOS of somebody with a short name. */
  id(name: string): string
  /** An event about somebody, at that second; waits until it is applied. */
  hire(name: string, second: number, fields?: Fields): Promise<void>
  /** Several at once. */
  hireAll(names: readonly string[], second: number): Promise<void>
  update(name: string, second: number, fields: Fields): Promise<void>
  fire(name: string, second: number): Promise<void>
  /** Somebody is a member of a group from then on. */
  join(groupName: string, name: string, second: number): Promise<void>
  /** The account of somebody. */
  account(name: string): Promise<AccountSeen>
  byId(id: string): Promise<NonNullable<AccountById>>
  /** Registers an account of the application, and gives its id. */
  register(externalId: string, fields?: Fields): Promise<string>
  /** What the log says of an account, or, without one, of all of them: `ada DEACTIVATED`. */
  changes(accountId?: string): Promise<string[]>
  /** Those that match groups of this name have this role; gives its id. */
  mapRole(groupName: string, slug: string): Promise<string>
  grant(accountId: string, slug: string): Promise<string>
  /** `slug` for each role that is in force, `(slug)` for each that is hidden. */
  roles(accountId: string): Promise<string[]>
  run<Data, Variables>(operation: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>
}

type AccountSeen = NonNullable<NonNullable<IdentityOfQuery['directoryUser']>['user']>
type AccountById = AccountQuery['user']

export function staff(app: TestApp, key: string, name: string, { of = name } = {}): Staff {
  const organizationId = `org_${of}`
  const directoryId = `directory_${name}`
  const people = new Map<string, Fields>()
  const own = { directory_id: directoryId, organization_id: organizationId }
  const id = (who: string) => `directory_user_${name}-${who}`
  let told = false

  const run = <Data, Variables>(operation: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> =>
    query(app.url, key, operation as TypedDocumentNode<Data, object>, variables as object)

  async function deliver(type: string, data: Fields, second: number): Promise<void> {
    if (!told) {
      told = true
      const connected = directory({ id: directoryId, organization_id: organizationId })
      assert.equal(await app.deliver(event('dsync.activated', connected, 0)), 200)
    }
    assert.equal(await app.deliver(event(type, data, second)), 200)
  }

  async function tell(type: string, data: Fields, second: number): Promise<void> {
    await deliver(type, data, second)
    await app.applied()
  }

  function put(who: string, second: number, fields: Fields): Fields {
    const before =
      people.get(who) ?? user(`${name}-${who}`, { ...own, email: `${who}@${of}.example.com`, first_name: who })
    const after = { ...before, ...fields, updated_at: new Date(Date.UTC(2026, 5, 25) + second * 1000).toISOString() }
    people.set(who, after)
    return after
  }

  return {
    organizationId,
    directoryId,
    key,
    id,
    run,
    hire: (who, second, fields = {}) =>
      tell('dsync.user.created', put(who, second, { state: 'active', ...fields }), second),
    async hireAll(names, second) {
      for (const who of names) await deliver('dsync.user.created', put(who, second, { state: 'active' }), second)
      await app.applied()
    },
    update: (who, second, fields) => tell('dsync.user.updated', put(who, second, fields), second),
    fire: (who, second) => tell('dsync.user.deleted', put(who, second, { state: 'inactive' }), second),
    join: (groupName, who, second) =>
      tell(
        'dsync.group.user_added',
        member(group(`${name}-${groupName}`, { ...own, name: groupName }), people.get(who)!, directoryId),
        second,
      ),
    async account(who) {
      const { directoryUser } = await run(IdentityOf, { id: id(who) })
      assert.ok(directoryUser?.user, `${who} has no account`)
      return directoryUser.user
    },
    async byId(accountId) {
      const { user: found } = await run(Account, { id: accountId })
      assert.ok(found, `there is no account ${accountId}`)
      return found
    },
    async register(externalId, fields = {}) {
      const { upsertUsers } = await run(Upsert, { organizationId, users: [{ externalId, ...fields }] })
      assert.equal(upsertUsers.__typename, 'UpsertedUsers', JSON.stringify(upsertUsers))
      return (upsertUsers as { users: { id: string }[] }).users[0]!.id
    },
    async changes(accountId) {
      const filter = accountId === undefined ? { organizationId } : { userId: accountId }
      const { changes } = await run(AccountChanges, { filter })
      return changes.nodes.flatMap((change) => {
        if (change.__typename === 'UserChange') return [change.userKind]
        if (change.__typename === 'RoleAssignmentChange') return [`${change.roleId} ${change.roleKind}`]
        return []
      })
    },
    async mapRole(groupName, slug) {
      const roleId = await role(slug)
      const mapping = `role_mapping_${name}_${groupName}_${slug}`
      await app.db.pool.query(
        `insert into role_mapping (id, organization_id, match, value) values ($1, $2, 'NAME_EQUALS', $3)`,
        [mapping, organizationId, groupName],
      )
      await app.db.pool.query('insert into role_mapping_role (mapping_id, role_id) values ($1, $2)', [mapping, roleId])
      return roleId
    },
    async grant(accountId, slug) {
      const roleId = await role(slug)
      await app.db.pool.query(
        `insert into role_grant (account_id, role_id, kind, organization_id, actor, visible, granted_at)
         select id, $2, 'DIRECT', organization_id, 'somebody', state = 'ACTIVE', '2026-01-01Z' from account where id = $1`,
        [accountId, roleId],
      )
      return roleId
    },
    async roles(accountId) {
      const { rows } = await app.db.pool.query<{ told: string }>(
        `select distinct case when visible then r.slug else '(' || r.slug || ')' end as told
         from role_grant g join role r on r.id = g.role_id where g.account_id = $1 order by 1`,
        [accountId],
      )
      return rows.map(({ told: text }) => text)
    },
  }

  async function role(slug: string): Promise<string> {
    const roleId = `role_${name}_${slug}`
    await app.db.pool.query('insert into organization (id) values ($1) on conflict do nothing', [organizationId])
    await app.db.pool.query(
      `insert into role (id, slug, name, organization_id) values ($1, $2, $2, $3) on conflict do nothing`,
      [roleId, slug, organizationId],
    )
    return roleId
  }
}
