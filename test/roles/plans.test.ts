import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { drainDue } from '../../src/accounts/settle-next.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { administrator, done, drainedBy, killedAfterCommit, type Administrator } from './administration.ts'
import { crowd } from './crowd.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
  await admin.createRole({ slug: 'owner', name: 'Owner', protected: true })
  for (const slug of ['developer', 'billing']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

let runs = 0
/** Ada and Ben are engineers, Cyd is in finance; who is of the group Owners is an owner. */
async function team(): Promise<People & { owners: string; engineers: string }> {
  runs += 1
  const acme = await people(app, key, `acme${runs}`)
  for (const id of ['ada', 'ben', 'cyd']) await acme.hire(id)
  for (const [id, name] of [['eng', 'Engineering'], ['fin', 'Finance'], ['own', 'Owners']] as const) await acme.found(id, name) // oxfmt-ignore
  await acme.join('eng', 'ada', 'ben')
  await acme.join('fin', 'cyd')
  await acme.join('own', 'cyd')
  const own = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const }
  const map = async (value: string, role: string) =>
    done(await admin.createMapping({ ...own, value, roles: [role] })).id
  return { ...acme, owners: await map('Owners', 'owner'), engineers: await map('Engineering', 'developer') }
}

const plan = async (input: Parameters<Administrator['plan']>[0]) => done(await admin.plan(input))

test('a plan says for each account what it would gain and lose, what matches nothing, and what is lost for good', async () => {
  const acme = await team()
  const own = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const }
  const planned = await plan({
    create: [
      { ...own, value: 'Finance', roles: ['billing', 'developer'] },
      { ...own, value: 'Fínance', roles: ['billing'] },
    ],
    update: [{ id: acme.engineers, roles: ['developer', 'billing'] }],
    delete: [acme.owners],
  })
  const [ada, ben, cyd] = [await acme.accountId('ada'), await acme.accountId('ben'), await acme.accountId('cyd')]
  const node = (id: string, granted: string[], revoked: string[]) => ({
    user: { id },
    granted: granted.map((slug) => ({ slug })),
    revoked: revoked.map((slug) => ({ slug })),
    losesLastRole: false,
    lastHolderOf: revoked.map((slug) => ({ slug })),
  })
  expect(planned).toMatchObject({
    accountCount: 3,
    granted: 4,
    revoked: 1,
    unchanged: 2,
    lastRoleLossCount: 0,
    conflicts: [],
    unmatched: [{ after: { value: 'Fínance' } }],
    protectedRoleLosses: [{ holderCount: 1, role: { slug: 'owner' }, organization: { id: acme.organizationId } }],
    changes: [{ matches: 1 }, { matches: 0 }, { matches: 1 }, { matches: 0, before: { mappingId: acme.owners }, after: null }], // oxfmt-ignore
  })
  expect(planned.differences.totalCount).toBe(3)
  const expected = [
    node(ada, ['billing'], []),
    node(ben, ['billing'], []),
    {
      ...node(cyd, ['billing', 'developer'], ['owner']),
      granted: expect.arrayContaining([{ slug: 'billing' }]) as unknown,
    },
  ]
  expect(planned.differences.nodes).toEqual(expected.sort((a, b) => (a.user.id < b.user.id ? -1 : 1)))
  // Nothing was done.
  expect(await acme.roles()).toEqual({ ada: ['developer'], ben: ['developer'], cyd: ['owner'] })

  expect(done(await admin.apply({ planId: planned.id, hash: planned.hash })).appliedAt).not.toBeNull()
  expect(await acme.roles()).toEqual({ ada: ['billing', 'developer'], ben: ['billing', 'developer'], cyd: ['billing', 'developer'] }) // oxfmt-ignore
  expect((await admin.apply({ planId: planned.id, hash: planned.hash })).__typename).toBe('ConflictError')
})

test('what others have changed and accounts do not have yet is settled before a plan, and not part of it', async () => {
  const acme = await team()
  const own = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Finance' }
  const by = { actor: 'api_key_other', organizationId: null }
  const cydId = await acme.accountId('cyd')
  const waits = Promise.withResolvers<void>()
  const planner = drainedBy(app, () => {
    waits.resolve()
    return drainDue(app.db)
  })
  const { planned } = await inTransaction(app.db.pool, async (tx) => {
    // So that nobody can settle them before the plan is asked for.
    await tx.query('select from account where id = $1 for update', [cydId])
    await killedAfterCommit(app).createMapping(by, { ...own, roles: ['developer'] })
    const asked = planner.planMappings(by, { create: [{ ...own, roles: ['billing'] }], update: [], delete: [] })
    await Promise.race([asked, waits.promise])
    return { planned: asked }
  })
  const plan = await app.db.prisma.roleMappingPlan.findUniqueOrThrow({ where: { id: await planned } })
  expect(plan).toMatchObject({ accounts: 1, granted: 1 })
})

test('accounts that would have no role any more are told apart', async () => {
  const acme = await team()
  const planned = await plan({ delete: [acme.engineers] })
  expect(planned).toMatchObject({ revoked: 2, lastRoleLossCount: 2, protectedRoleLosses: [] })
  const { roleMappingPlan } = await query(app.url, key, Losers, { id: planned.id })
  expect(roleMappingPlan).toMatchObject({
    last: { totalCount: 2 },
    holders: { totalCount: 0 },
    paged: { nodes: { length: 1 }, pageInfo: { hasNextPage: true } },
  })
})

const Losers = graphql(`
  query PlansLosers($id: ID!) {
    roleMappingPlan: node(id: $id) {
      ... on RoleMappingPlan {
        last: differences(filter: { losesLastRole: true }) {
          totalCount
        }
        holders: differences(filter: { lastHolder: true }) {
          totalCount
        }
        paged: differences(first: 1) {
          nodes {
            losesLastRole
          }
          pageInfo {
            hasNextPage
          }
        }
      }
    }
  }
`)

test('a plan is refused once anything that it was worked out from has changed, and good again with the same hash when it is as it was', async () => {
  const acme = await team()
  const input = { create: [{ organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Finance', roles: ['developer'] }] } // oxfmt-ignore
  const planned = await plan(input)
  const refused = async () => {
    const answer = await admin.apply({ planId: planned.id, hash: planned.hash })
    return answer.__typename === 'ConflictError' && /changed since/.test(answer.message)
  }
  const same = async () => (await plan(input)).hash === planned.hash
  expect(await same()).toBe(true)

  await acme.join('fin', 'ada') // somebody more whom it concerns
  expect(await refused()).toBe(true)
  expect(await same()).toBe(false)
  await acme.quit('fin', 'ada')
  expect(await same()).toBe(true)

  await acme.hire('cyd', { state: 'inactive' }) // somebody whom it concerns is away
  expect(await refused()).toBe(true)
  await acme.hire('cyd')

  await acme.found('fin', 'Accounting') // what it matches
  expect(await refused()).toBe(true)
  await acme.found('fin', 'Finance')

  const other = done(
    await admin.createMapping({
      organizationId: acme.organizationId,
      match: 'NAME_EQUALS',
      value: 'Else',
      roles: ['billing'],
    }),
  )
  expect(await refused()).toBe(true) // another administrator's mapping
  done(await admin.deleteMapping({ id: other.id }))
  expect(await same()).toBe(true)

  await acme.hire('dan') // whom it does not concern
  expect(await admin.apply({ planId: planned.id, hash: `${planned.hash.slice(1)}x` })).toMatchObject({ __typename: 'ConflictError' }) // oxfmt-ignore
  done(await admin.apply({ planId: planned.id, hash: planned.hash }))
  expect((await acme.roles()).cyd).toEqual(['developer', 'owner'])
})

test('of a role that was deleted since, and of a mapping that was changed since, no plan is applied', async () => {
  const acme = await team()
  const { id } = done(await admin.createRole({ slug: 'passing', name: 'Passing' }))
  const create = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Finance', roles: ['passing'] } // oxfmt-ignore
  const ofRole = await plan({ create: [create] })
  done(await admin.deleteRole({ id, confirm: true }))
  expect((await admin.apply({ planId: ofRole.id, hash: ofRole.hash })).__typename).toBe('ConflictError')
  const ofMapping = await plan({ delete: [acme.engineers] })
  done(await admin.updateMapping({ id: acme.engineers, roles: ['billing'] }))
  expect((await admin.apply({ planId: ofMapping.id, hash: ofMapping.hash })).__typename).toBe('ConflictError')
  expect(await acme.roles()).toEqual({ ada: ['billing'], ben: ['billing'], cyd: ['owner'] })
})

test('mappings that look for the same in the same place are a conflict, and the plan says it and is not applied', async () => {
  const acme = await team()
  const engineering = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const, value: 'Engineering', roles: ['billing'] } // oxfmt-ignore
  const planned = await plan({ create: [engineering] })
  expect(planned.conflicts).toMatchObject([{ blocking: true, mappingIds: [acme.engineers, planned.changes[0]!.after!.mappingId] }]) // oxfmt-ignore
  expect((await admin.apply({ planId: planned.id, hash: planned.hash })).__typename).toBe('ConflictError')
  // In one plan with the deletion of the other one there is none.
  expect((await plan({ create: [engineering], delete: [acme.engineers] })).conflicts).toEqual([])
})

test('what cannot be planned is refused, with the path to it', async () => {
  const acme = await team()
  const issues = async (input: Parameters<Administrator['plan']>[0]) => {
    const answer = await admin.plan(input)
    return answer.__typename === 'ValidationError' ? answer.issues.map(({ path }) => path.join('.')) : answer.__typename
  }
  const good = { match: 'NAME_EQUALS' as const, value: 'X', roles: ['billing'] }
  expect(await issues({})).toEqual(['input'])
  expect(await issues({ create: [good, { ...good, roles: ['none'] }] })).toEqual(['input.create.1.roles.0'])
  expect(await issues({ update: [{ id: acme.engineers, value: '' }] })).toEqual(['input.update.0.value'])
  expect(await issues({ delete: [acme.engineers, acme.engineers] })).toEqual(['input'])
  expect(await issues({ delete: ['role_mapping_none'] })).toBe('NotFoundError')
  expect(await issues({ rollbackTo: 'x' })).toEqual(['input.rollbackTo'])
  expect((await admin.apply({ planId: 'role_mapping_plan_none', hash: 'x' })).__typename).toBe('NotFoundError')
})

test('plans are forgotten after an hour, and but for the newest twenty of one who plans', async () => {
  const acme = await team()
  const { id, hash } = await plan({ delete: [acme.engineers] })
  await app.db.pool.query(`update role_mapping_plan set expires_at = now() - interval '1 second' where id = $1`, [id])
  expect((await admin.apply({ planId: id, hash })).__typename).toBe('NotFoundError')
  for (let n = 0; n < 21; n += 1) await plan({ delete: [acme.engineers] })
  const { rows } = await app.db.pool.query<{ plans: number; old: number }>(
    `select count(*) as plans, count(*) filter (where id = $1) as old from role_mapping_plan
     where created_by = (select created_by from role_mapping_plan order by id desc limit 1)`,
    [id],
  )
  expect(rows).toEqual([{ plans: 20, old: 0 }])
})

const Cursor = graphql(`
  query PlansCursor {
    changes(last: 1) {
      nodes {
        cursor
      }
    }
  }
`)

const MappingCursors = graphql(`
  query PlansMappingCursors {
    changes(last: 2, filter: { kinds: [ROLE_MAPPING_CREATED, ROLE_MAPPING_DELETED] }) {
      nodes {
        cursor
      }
    }
  }
`)

test('a rollback brings back the mappings of a moment under their ids, and those who had roles by them have them again', async () => {
  const acme = await team()
  await app.applied()
  const before = { roles: await acme.roles(), ada: await acme.person('ada') }
  const to = (await query(app.url, key, Cursor)).changes.nodes[0]!.cursor
  const own = { organizationId: acme.organizationId, match: 'NAME_EQUALS' as const }
  done(await admin.createMapping({ ...own, value: 'Finance', roles: ['billing'] }))
  done(await admin.updateMapping({ id: acme.engineers, match: 'NAME_PREFIX', roles: ['billing'] }))
  done(await admin.updateMapping({ id: acme.engineers, value: 'Owners' }))
  done(await admin.deleteMapping({ id: acme.owners, confirm: true }))
  expect(await acme.roles()).toEqual({ ada: [], ben: [], cyd: ['billing'] })

  const seen = await plan({ rollbackTo: to, organizationId: acme.organizationId })
  expect(seen.changes).toHaveLength(3)
  expect((await admin.rollBack({ to, organizationId: acme.organizationId, hash: 'x' })).__typename).toBe(
    'ConflictError',
  )
  const back = done(await admin.rollBack({ to, organizationId: acme.organizationId, hash: seen.hash }))
  expect(back).toMatchObject({ granted: 3, revoked: 1, differences: seen.differences })
  expect(back.appliedAt).not.toBeNull()
  expect(await acme.roles()).toEqual(before.roles)
  const mappingOf = ({ roleAssignments }: typeof before.ada) => roleAssignments[0]!.grants[0]!.mapping
  expect(mappingOf(await acme.person('ada'))).toEqual(mappingOf(before.ada))

  // Nothing to bring back: nothing is done. What was brought back can be undone in its turn.
  const now = (await query(app.url, key, Cursor)).changes.nodes[0]!.cursor
  expect(done(await admin.rollBack({ to: now })).changes).toEqual([])
})

test('a rollback to a place in the middle of what one act changed leaves that act whole', async () => {
  const [acme, other] = [await team(), await team()]
  const before = (await query(app.url, key, Cursor)).changes.nodes[0]!.cursor
  done(await admin.updateMapping({ id: acme.engineers, organizationId: other.organizationId, value: 'Finance' }))
  const { changes } = await query(app.url, key, MappingCursors)
  const [left, came] = changes.nodes.map(({ cursor }) => cursor)
  for (const to of [left!, came!]) expect((await plan({ rollbackTo: to })).changes).toEqual([])
  done(await admin.updateMapping({ id: acme.engineers, roles: ['billing'] }))
  done(await admin.rollBack({ to: left! }))
  expect(await other.roles()).toEqual({ ada: ['developer'], ben: ['developer'], cyd: ['developer', 'owner'] })
  expect((await plan({ rollbackTo: before })).changes).toHaveLength(1)
})

test('a rollback leaves out roles that were deleted, says so, and goes no further back than the change log', async () => {
  const acme = await team()
  const { id } = done(await admin.createRole({ slug: 'gone', name: 'Gone' }))
  done(await admin.updateMapping({ id: acme.engineers, roles: ['gone', 'developer'] }))
  const to = (await query(app.url, key, Cursor)).changes.nodes[0]!.cursor
  done(await admin.deleteRole({ id, confirm: true }))
  done(await admin.updateMapping({ id: acme.engineers, value: 'Nobody' }))
  const planned = await plan({ rollbackTo: to, organizationId: acme.organizationId })
  expect(planned.conflicts).toMatchObject([{ blocking: false, mappingIds: [acme.engineers] }])
  done(await admin.rollBack({ to, organizationId: acme.organizationId }))
  expect((await acme.roles()).ada).toEqual(['developer'])
  await app.db.pool.query('update change_clock set purged_through = position')
  const answer = await admin.rollBack({ to })
  expect(answer).toMatchObject({ __typename: 'ConflictError', message: 'The change log does not reach back that far' })
})

test('a mapping by an attribute that only somebody who was deleted has matches nobody', async () => {
  const acme = await team()
  const fields = { custom_attributes: { department_name: 'Former' } }
  await acme.hire('dan', fields)
  const mapping = {
    organizationId: acme.organizationId,
    match: 'ATTRIBUTE_EQUALS' as const,
    attribute: 'department',
    value: 'Former',
    roles: ['billing'],
  }
  expect(await plan({ create: [mapping] })).toMatchObject({ changes: [{ matches: 1 }], unmatched: [] })
  await acme.tell('dsync.user.deleted', {
    id: acme.userId('dan'),
    directory_id: acme.directoryId,
    idp_id: 'idp',
    state: 'inactive',
    ...fields,
  })
  expect(await plan({ create: [mapping] })).toMatchObject({ changes: [{ matches: 0 }], unmatched: [{ after: { value: 'Former' } }] }) // oxfmt-ignore
})

test('a plan of more than five hundred accounts is applied in one go as far as mappings are concerned, and in batches for the rest', async () => {
  await crowd(app.db, 5_000)
  const create = { organizationId: 'org_crowd', match: 'NAME_EQUALS' as const }
  const large = await plan({ create: [{ ...create, value: 'Everybody', roles: ['developer'] }] })
  expect(large).toMatchObject({ accountCount: 5_000, granted: 5_000 })
  done(await admin.apply({ planId: large.id, hash: large.hash }))
  const moments = async (slug: string) => {
    const { rows } = await app.db.pool.query<{ accounts: number; moments: number }>(
      `select count(*) as accounts, count(distinct c.recorded_at) as moments from change c join role r on r.id = c.role_id
       where c.kind = 'ROLE_GRANTED' and r.slug = $1 and c.organization_id = 'org_crowd'`,
      [slug],
    )
    return rows[0]!
  }
  expect((await moments('developer')).accounts).toBe(5_000)
  expect((await moments('developer')).moments).toBeGreaterThan(1)
  const small = await plan({ create: [{ ...create, value: 'Few', roles: ['billing'] }] })
  done(await admin.apply({ planId: small.id, hash: small.hash }))
  expect(await moments('billing')).toEqual({ accounts: 500, moments: 1 })
})
