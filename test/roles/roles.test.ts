import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
let acme: People
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
  acme = await people(app, key, 'acme')
  await acme.hire('ada', { roles: [{ slug: 'member' }, { slug: 'auditor' }] })
  await acme.hire('ben', { role: { slug: 'member' } })
  await acme.found('eng', 'Engineering')
  await acme.join('eng', 'ada', 'ben')
})
afterAll(() => app.close())

const Roles = graphql(`
  query RolesList {
    roles(first: 100) {
      nodes {
        slug
        name
        users {
          totalCount
          nodes {
            directoryUsers {
              id
            }
          }
        }
        mappings {
          value
        }
      }
    }
    role(slug: "member") {
      id
    }
  }
`)

test('a role that WorkOS gives by its slug is had by those to whom it gives it, once there is such a role', async () => {
  expect(await acme.roles()).toEqual({ ada: [], ben: [] })
  const role = done(await admin.createRole({ slug: 'member', name: ' Member ', description: 'May log in' }))
  expect(role).toMatchObject({ slug: 'member', name: 'Member', description: 'May log in', protected: false, organization: null }) // oxfmt-ignore
  expect(await acme.roles()).toEqual({ ada: ['member'], ben: ['member'] })
  const { grants } = (await acme.person('ada')).roleAssignments[0]!
  expect(grants).toMatchObject([{ kind: 'IDP', directoryUser: { id: acme.userId('ada') }, mapping: null, group: null }])

  done(await admin.updateRole({ id: role.id, slug: 'auditor' }))
  expect(await acme.roles()).toEqual({ ada: ['auditor'], ben: [] })
  await acme.hire('ben', { role: { slug: 'auditor' } })
  expect(await acme.roles()).toEqual({ ada: ['auditor'], ben: ['auditor'] })
  done(await admin.deleteRole({ id: role.id, confirm: true }))
  expect(await acme.roles()).toEqual({ ada: [], ben: [] })
  // Its slug is free again, and the users whom WorkOS gives it have it once more.
  const again = done(await admin.createRole({ slug: 'auditor', name: 'Auditor', organizationId: acme.organizationId }))
  expect(await acme.roles()).toEqual({ ada: ['auditor'], ben: ['auditor'] })
  done(await admin.deleteRole({ id: again.id, confirm: true }))
})

test('a role that is used says what its deletion would take away, and is deleted by who confirms it', async () => {
  const [dev, ops] = [
    done(await admin.createRole({ slug: 'developer', name: 'Developer' })),
    done(await admin.createRole({ slug: 'ops', name: 'Operator' })),
  ]
  const both = { match: 'NAME_EQUALS', value: 'Engineering', roles: ['developer', 'ops'] } as const
  const { id: shared } = done(await admin.createMapping({ ...both, roles: [...both.roles] }))
  const { id: alone } = done(await admin.createMapping({ ...both, match: 'NAME_PREFIX', roles: ['developer'] }))
  await admin.grant({ userId: await acme.accountId('ada'), role: dev.id })

  expect(await admin.deleteRole({ id: dev.id })).toMatchObject({
    __typename: 'InUseError',
    message: '2 accounts would lose developer, and 2 mappings would no longer grant it: confirm to proceed',
    userCount: 2,
    mappingCount: 2,
    mappings: [{ id: shared }, { id: alone }],
  })
  expect((await query(app.url, key, Roles)).roles.nodes.find(({ slug }) => slug === 'developer')).toMatchObject({
    users: { totalCount: 2 },
    mappings: [{ value: 'Engineering' }, { value: 'Engineering' }],
  })
  expect(done(await admin.deleteRole({ id: dev.id, confirm: true })).slug).toBe('developer')
  expect(await acme.roles()).toEqual({ ada: ['ops'], ben: ['ops'] })
  const { rows } = await app.db.pool.query('select id from role_mapping')
  expect(rows).toEqual([{ id: shared }]) // the other one granted nothing any more
  const { rows: left } = await app.db.pool.query('select from role_grant where role_id = $1', [dev.id])
  expect(left).toEqual([])
  expect((await admin.deleteRole({ id: dev.id, confirm: true })).__typename).toBe('NotFoundError')
  expect((await admin.grant({ userId: await acme.accountId('ada'), role: dev.id })).__typename).toBe('ValidationError')
  expect(await admin.deleteRole({ id: ops.id })).toMatchObject({
    message: '2 accounts would lose ops, and 1 mapping would no longer grant it: confirm to proceed',
  })
  done(await admin.deleteRole({ id: ops.id, confirm: true }))
})

test('a slug is of few characters, and once within an organization or for all', async () => {
  const refused = async (slug: string, organizationId?: string) =>
    (await admin.createRole({ slug, name: 'X', ...(organizationId && { organizationId }) })).__typename
  for (const slug of ['', 'Admin', 'a b', 'ä', 'a/b', 'x'.repeat(101)])
    expect(await refused(slug)).toBe('ValidationError')
  expect(await refused('a-z_0.9:x')).toBe('Role')
  expect(await refused('a-z_0.9:x')).toBe('ConflictError')
  expect(await refused('a-z_0.9:x', acme.organizationId)).toBe('Role')
  expect(await refused('a-z_0.9:x', acme.organizationId)).toBe('ConflictError')
  expect(await refused('other', 'org_none')).toBe('NotFoundError')
  const other = done(await admin.createRole({ slug: 'other', name: 'Other' }))
  expect((await admin.updateRole({ id: other.id, slug: 'a-z_0.9:x' })).__typename).toBe('ConflictError')
  expect((await admin.updateRole({ id: other.id, name: ' ' })).__typename).toBe('ValidationError')
  expect(done(await admin.updateRole({ id: other.id, name: 'New', protected: true }))).toMatchObject({
    slug: 'other',
    name: 'New',
    protected: true,
  })
})

test('a role of an organization is for its accounts and its mappings alone, and goes before one for all', async () => {
  const other = await people(app, key, 'other')
  await other.hire('cyd')
  done(await admin.createRole({ slug: 'viewer', name: 'For all' }))
  done(await admin.createRole({ slug: 'viewer', name: 'Own', organizationId: acme.organizationId }))
  done(await admin.createRole({ slug: 'private', name: 'Own', organizationId: acme.organizationId }))
  const grant = async (of: People, id: string, role: string) => admin.grant({ userId: await of.accountId(id), role })
  expect((await grant(other, 'cyd', 'private')).__typename).toBe('ValidationError')
  done(await grant(acme, 'ada', 'private'))
  const mapping = { match: 'NAME_EQUALS' as const, value: 'Engineering', roles: ['private'] }
  expect((await admin.createMapping(mapping)).__typename).toBe('ValidationError')
  expect((await admin.createMapping({ ...mapping, organizationId: other.organizationId })).__typename).toBe('ValidationError') // oxfmt-ignore
  done(await admin.createMapping({ ...mapping, organizationId: acme.organizationId }))
  expect(await acme.roles()).toEqual({ ada: ['private'], ben: ['private'] })

  const names = async (of: People, id: string) => {
    done(await grant(of, id, 'viewer'))
    const { rows } = await app.db.pool.query<{ name: string }>(
      `select r.name from role_grant g join role r on r.id = g.role_id where g.account_id = $1 and r.slug = 'viewer'`,
      [await of.accountId(id)],
    )
    return rows.map(({ name }) => name)
  }
  expect(await names(acme, 'ada')).toEqual(['Own'])
  expect(await names(other, 'cyd')).toEqual(['For all'])
})

test('what an administrator does is in the change log, with who did it, before what follows from it', async () => {
  const auditor = administrator(app, await app.key(null, ['roles:write', 'directory:read']))
  const { rows: keys } = await app.db.pool.query<{ id: string }>('select id from api_key order by created_at desc limit 1') // oxfmt-ignore
  const role = done(await auditor.createRole({ slug: 'logged', name: 'Logged' }))
  const input = { match: 'NAME_EQUALS' as const, value: 'Engineering', roles: ['logged'], organizationId: acme.organizationId } // oxfmt-ignore
  const mapping = done(await auditor.createMapping({ ...input, match: 'NAME_PREFIX' }))
  done(await auditor.updateMapping({ id: mapping.id, value: 'Finance' }))
  done(await auditor.updateMapping({ id: mapping.id, value: 'Finance' })) // changes nothing, says nothing
  done(await auditor.updateRole({ id: role.id, name: 'Told', description: 'x' }))
  done(await auditor.grant({ userId: await acme.accountId('ada'), role: 'logged', reason: 'on call' }))
  done(await auditor.deleteRole({ id: role.id, confirm: true }))
  const told = (await query(app.url, key, Log, { last: 13 })).changes.nodes
  expect(new Set(told.map(({ actor, source }) => `${actor} ${source}`))).toEqual(new Set([`${keys[0]!.id} MUTATION`]))
  expect(told.map(say)).toEqual([
    'RoleChange CREATED logged ',
    'RoleMappingChange CREATED null → Engineering logged ',
    'RoleAssignmentChange GRANTED',
    'RoleAssignmentChange GRANTED',
    'RoleMappingChange UPDATED Engineering logged → Finance logged value',
    'RoleAssignmentChange REVOKED',
    'RoleAssignmentChange REVOKED',
    'RoleChange UPDATED logged name,description {"name":"Logged","description":null}',
    'RoleGrantChange ADDED on call',
    'RoleAssignmentChange GRANTED',
    'RoleChange DELETED logged ',
    'RoleMappingChange DELETED Finance logged → null ',
    'RoleAssignmentChange REVOKED',
  ])
})

const Log = graphql(`
  query RolesLog($last: Int!) {
    changes(
      last: $last
      filter: {
        kinds: [
          ROLE_CREATED
          ROLE_UPDATED
          ROLE_DELETED
          ROLE_MAPPING_CREATED
          ROLE_MAPPING_UPDATED
          ROLE_MAPPING_DELETED
          ROLE_GRANT_ADDED
          ROLE_GRANTED
          ROLE_REVOKED
        ]
      }
    ) {
      nodes {
        __typename
        actor
        source
        ... on RoleChange {
          administration: kind
          roleSlug
          changedFields
          previous
        }
        ... on RoleMappingChange {
          administration: kind
          before {
            value
            roleSlugs
          }
          after {
            value
            roleSlugs
          }
          changedFields
        }
        ... on RoleGrantChange {
          grant: kind
          reason
        }
        ... on RoleAssignmentChange {
          assignment: kind
        }
      }
    }
  }
`)

type Change = Awaited<ReturnType<typeof read>>
const read = async () => (await query(app.url, key, Log, { last: 1 })).changes.nodes[0]!

function say(change: Change): string {
  const state = (mapping: { value: string; roleSlugs: string[] } | null | undefined) =>
    mapping == null ? 'null' : `${mapping.value} ${mapping.roleSlugs.join()}`
  switch (change.__typename) {
    case 'RoleChange':
      return `RoleChange ${change.administration} ${change.roleSlug} ${change.changedFields.join()}${change.previous == null ? '' : ` ${JSON.stringify(change.previous)}`}`
    case 'RoleMappingChange':
      return `RoleMappingChange ${change.administration} ${state(change.before)} → ${state(change.after)} ${change.changedFields.join()}`
    case 'RoleGrantChange':
      return `RoleGrantChange ${change.grant} ${change.reason}`
    case 'RoleAssignmentChange':
      return `RoleAssignmentChange ${change.assignment}`
    default:
      return change.__typename
  }
}
