import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { statementsOf } from '../graphql/statements.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { group, user } from '../support/events.ts'
import { until } from '../support/until.ts'
import { administrator, done, killedAfterCommit, type Administrator } from './administration.ts'
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
  for (const slug of ['admin', 'developer', 'billing']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

const Explain = graphql(`
  query ReasonsExplain($userId: ID!, $roleSlug: String!) {
    explainAccess(userId: $userId, roleSlug: $roleSlug) {
      granted
      hasMore
      role {
        id
      }
      grants {
        kind
        group {
          name
        }
      }
      missing {
        kind
        message
        mapping {
          id
        }
        group {
          name
        }
        directoryUser {
          id
        }
      }
    }
  }
`)

const explain = async (id: string, roleSlug: string) =>
  (await query(app.url, key, Explain, { userId: await acme.accountId(id), roleSlug })).explainAccess!

test('a role shows every reason for it, since when it is there and where it comes from', async () => {
  await acme.hire('ada', { roles: [{ slug: 'developer' }] })
  await acme.found('eng', 'Engineering')
  await acme.found('lead', 'Engineering Leads')
  await acme.join('eng', 'ada')
  const byPrefix = done(await admin.createMapping({ match: 'NAME_PREFIX', value: 'Engineering', roles: ['developer'] }))
  await acme.join('lead', 'ada')
  done(await admin.grant({ userId: await acme.accountId('ada'), role: 'developer' }))
  const [assignment] = (await acme.person('ada')).roleAssignments
  const identity = { id: acme.userId('ada') }
  expect(assignment).toMatchObject({
    role: { slug: 'developer' },
    effective: true,
    grants: [
      { kind: 'IDP', mapping: null, group: null, directoryUser: identity },
      { kind: 'MAPPING', mapping: { id: byPrefix.id }, group: { id: acme.groupId('eng') }, directoryUser: identity },
      { kind: 'MAPPING', mapping: { id: byPrefix.id }, group: { id: acme.groupId('lead') }, directoryUser: identity },
      { kind: 'DIRECT', mapping: null, group: null, directoryUser: null },
    ],
  })
  const since = assignment!.grants.map(({ grantedAt }) => grantedAt)
  expect(since).toEqual([...since].sort())
  expect(assignment!.grantedAt).toBe(since[0])
  expect(await explain('ada', 'developer')).toMatchObject({ granted: true, missing: [], grants: { length: 4 } })
})

test('why not is said by what is missing: of each mapping that would grant the role', async () => {
  await acme.hire('ben', { custom_attributes: { department_name: 'Sales' } })
  expect((await explain('ben', 'admin')).missing).toMatchObject([{ kind: 'NO_MAPPING', mapping: null }])
  const other = await people(app, key, 'other')
  await acme.found('admins', 'Admins')
  await acme.found('old', 'Old admins')
  await acme.join('old', 'ben')
  const of = { organizationId: acme.organizationId, roles: ['admin'] }
  const ids = [
    done(await admin.createMapping({ ...of, match: 'NAME_EQUALS', value: 'Admins' })),
    done(await admin.createMapping({ ...of, match: 'NAME_EQUALS', value: 'Owners' })),
    done(await admin.createMapping({ ...of, match: 'ATTRIBUTE_EQUALS', attribute: 'department', value: 'IT' })),
    done(await admin.createMapping({ ...of, match: 'GROUP_ID', value: acme.groupId('old') })),
  ].map(({ id }) => id)
  done(
    await admin.createMapping({ ...of, organizationId: other.organizationId, match: 'NAME_EQUALS', value: 'Theirs' }),
  )
  await acme.tell('dsync.group.deleted', { id: acme.groupId('old'), directory_id: acme.directoryId, idp_id: 'old', name: 'Old admins' }) // oxfmt-ignore
  expect((await explain('ben', 'admin')).missing).toEqual([
    {
      kind: 'NOT_A_MEMBER',
      message: 'Not a member of Admins',
      mapping: { id: ids[0] },
      group: { name: 'Admins' },
      directoryUser: null,
    },
    {
      kind: 'NO_GROUP_MATCHES',
      message: "No group of the account's directories matches Owners",
      mapping: { id: ids[1] },
      group: null,
      directoryUser: null,
    },
    {
      kind: 'ATTRIBUTE_DIFFERS',
      message: 'department is Sales, but must be IT',
      mapping: { id: ids[2] },
      group: null,
      directoryUser: { id: acme.userId('ben') },
    },
    {
      kind: 'GROUP_DELETED',
      message: 'Old admins was deleted',
      mapping: { id: ids[3] },
      group: { name: 'Old admins' },
      directoryUser: null,
    },
  ])
  await acme.join('admins', 'ben')
  await app.applied()
  expect((await explain('ben', 'admin')).granted).toBe(true)

  await acme.hire('ben', { state: 'inactive' })
  await app.applied()
  const away = await explain('ben', 'admin')
  expect(away.granted).toBe(false)
  expect(away.missing[0]).toMatchObject({
    kind: 'ACCOUNT_INACTIVE',
    mapping: { id: ids[0] },
    group: { name: 'Admins' },
  })
})

test('who is away and lacks the reason too is told of both', async () => {
  await acme.hire('cyd', { state: 'inactive' })
  await app.applied()
  const kinds = async (slug: string) => (await explain('cyd', slug)).missing.map(({ kind }) => kind)
  expect(await kinds('billing')).toEqual(['ACCOUNT_INACTIVE', 'NO_MAPPING'])
  done(await admin.createMapping({ match: 'NAME_EQUALS', value: 'Nobody', roles: ['billing'] }))
  expect(await kinds('billing')).toEqual(['ACCOUNT_INACTIVE', 'NO_GROUP_MATCHES'])
})

test('whose mappings are still being applied is told so, and not that they are no member', async () => {
  await acme.hire('dan')
  await acme.found('ops', 'Ops')
  await acme.join('ops', 'dan')
  await app.applied()
  await admin.createRole({ slug: 'operator', name: 'Operator' })
  const by = { actor: 'api_key_late', organizationId: null }
  const danId = await acme.accountId('dan')
  await inTransaction(app.db.pool, async (tx) => {
    await tx.query('select from account where id = $1 for update', [danId])
    await killedAfterCommit(app).createMapping(by, { match: 'NAME_EQUALS', value: 'Ops', roles: ['operator'] })
    expect((await explain('dan', 'operator')).missing).toMatchObject([{ kind: 'BEING_APPLIED' }])
  })
  await until(async () => (await explain('dan', 'operator')).granted)
})

test('no account and no role is explained that is not there', async () => {
  const none = async (userId: string, roleSlug: string) =>
    (await query(app.url, key, Explain, { userId, roleSlug })).explainAccess
  expect(await none('account_none', 'admin')).toBeNull()
  expect(await none(await acme.accountId('ada'), 'none')).toBeNull()
})

const Everything = graphql(`
  query ReasonsEverything($first: Int!) {
    users(first: $first) {
      nodes {
        roles {
          slug
          mappings {
            value
          }
        }
        roleAssignments {
          user {
            id
          }
          role {
            slug
          }
          grants {
            kind
            mapping {
              value
              roles {
                slug
              }
              matchedGroups {
                name
                roleMappings {
                  id
                }
              }
              matchedGroupCount
            }
            group {
              name
            }
            directoryUser {
              email
            }
          }
        }
      }
    }
  }
`)

test('all roles of many accounts with all their reasons take as many statements as those of a few', async () => {
  for (let n = 0; n < 12; n += 1) {
    await acme.hire(`many${n}`)
    await acme.join(n % 2 === 0 ? 'eng' : 'lead', `many${n}`)
  }
  await app.applied()
  const counts: number[] = []
  for (const first of [4, 14]) {
    const statements = await statementsOf(async () => {
      const { users } = await query(app.url, key, Everything, { first })
      expect(users.nodes.flatMap(({ roleAssignments }) => roleAssignments).length).toBeGreaterThan(first - 3)
    })
    counts.push(statements.filter(({ text }) => !/account_due|hold-mappings|advisory/.test(text)).length)
  }
  expect(counts[1]).toBe(counts[0])
  expect(counts[0]).toBeLessThanOrEqual(12)
})

test('of more than a hundred groups that somebody is no member of, a hundred are told of, and that there are more', async () => {
  await acme.hire('eve')
  await admin.createRole({ slug: 'regional', name: 'Regional' })
  done(await admin.createMapping({ match: 'NAME_PREFIX', value: 'Region ', roles: ['regional'] }))
  const told = async () => {
    await app.applied()
    const { missing, hasMore } = await explain('eve', 'regional')
    return [missing.length, hasMore]
  }
  for (let n = 0; n < 100; n += 1) await acme.found(`region${n}`, `Region ${n}`)
  expect(await told()).toEqual([100, false])
  await acme.found('region100', 'Region 100')
  expect(await told()).toEqual([100, true])
})

test('of two roles of one slug the one is explained that was granted by hand, or is had, or else the own one', async () => {
  const twin = await people(app, key, 'twin')
  await twin.hire('ada')
  await twin.hire('ben')
  await twin.found('eng', 'Twins')
  await twin.join('eng', 'ada')
  const { organizationId } = twin
  const everybodys = done(await admin.createRole({ slug: 'twin', name: 'Of everybody' })).id
  done(await admin.createMapping({ match: 'NAME_EQUALS', value: 'Twins', roles: ['twin'] }))
  const own = done(await admin.createRole({ slug: 'twin', name: 'Own', organizationId })).id
  const why = async (id: string, roleSlug = 'twin') =>
    (await query(app.url, key, Explain, { userId: await twin.accountId(id), roleSlug })).explainAccess
  expect(await why('ada')).toMatchObject({ granted: true, role: { id: everybodys }, grants: [{ kind: 'MAPPING' }] })
  expect(await why('ben')).toMatchObject({ granted: false, role: { id: own }, missing: [{ kind: 'NO_MAPPING' }] })
  expect(await why('ben', everybodys)).toMatchObject({ role: { id: everybodys }, missing: [{ kind: 'NOT_A_MEMBER' }] })
  done(await admin.grant({ userId: await twin.accountId('ada'), role: own }))
  expect(await why('ada')).toMatchObject({ granted: true, role: { id: own }, grants: [{ kind: 'DIRECT' }] })
  await twin.hire('ada', { state: 'inactive' })
  expect(await why('ada')).toMatchObject({ granted: false, role: { id: own }, missing: [{ kind: 'ACCOUNT_INACTIVE' }] })
})

test('whose directory has no organization is told of its mappings as others are, and of none of another such directory', async () => {
  await admin.createRole({ slug: 'homeless', name: 'Homeless' })
  const found = async (name: string) => {
    const own = { directory_id: `directory_${name}`, organization_id: null }
    await acme.tell('dsync.user.created', user(`${name}_ada`, own))
    await acme.tell('dsync.group.created', group(`${name}_eng`, { ...own, name: 'Engineering' }))
    await app.applied()
    const scope = { directoryId: own.directory_id, roles: ['homeless'] }
    return done(await admin.createMapping({ ...scope, match: 'NAME_EQUALS', value: 'Engineering' })).id
  }
  const mapping = { id: await found('stray') }
  await found('waif')
  const { rows } = await app.db.pool.query<{ id: string }>(
    `select account_id as id from directory_user where id = 'directory_user_stray_ada'`,
  )
  const { explainAccess } = await query(app.url, key, Explain, { userId: rows[0]!.id, roleSlug: 'homeless' })
  expect(explainAccess!.missing).toMatchObject([{ kind: 'NOT_A_MEMBER', mapping, group: { name: 'Engineering' } }])
})
