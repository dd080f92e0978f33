import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { statementsOf } from '../graphql/statements.ts'
import { ask, query } from '../support/client.ts'
import { momentAfter } from '../support/moment-after.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
})
afterAll(() => app.close())

const Then = graphql(`
  query RolesThen($organizationId: ID, $asOf: DateTime) {
    users(first: 100, filter: { organizationId: $organizationId }) {
      nodes {
        id
        roleAssignments(asOf: $asOf) {
          grantedAt
          effective
          role {
            id
            slug
            name
          }
          grants {
            kind
            actor
            grantedAt
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

type Seen = Awaited<ReturnType<typeof look>>
async function look(organizationId: string, asOf: string | null = null) {
  await app.applied()
  return (await query(app.url, key, Then, { organizationId, asOf })).users.nodes
}

/** Roles by account, without their reasons. */
const held = (seen: Seen) =>
  Object.fromEntries(seen.map(({ id, roleAssignments }) => [id, roleAssignments.map(({ role }) => role).sort(bySlug)]))
const bySlug = (a: { slug: string }, b: { slug: string }) => (a.slug < b.slug ? -1 : 1)

/** Each reason as a text. */
const reasons = (seen: Seen) =>
  seen.flatMap(({ id, roleAssignments }) =>
    roleAssignments.flatMap(({ role, grants }) => grants.map((grant) => `${id} ${role.id} ${JSON.stringify(grant)}`)),
  )

/** The same by the log alone: every turn that was recorded by then, one after the other. */
async function replayed(organizationId: string, asOf: string): Promise<string[]> {
  const { rows } = await app.db.pool.query<{ pair: string; kind: string }>(
    `select account_id || ' ' || role_id as pair, kind from change
     where organization_id = $1 and recorded_at <= $2 and kind in ('ROLE_GRANTED', 'ROLE_REVOKED') order by position`,
    [organizationId, asOf],
  )
  const pairs = new Set<string>()
  for (const { pair, kind } of rows) {
    if (kind === 'ROLE_GRANTED') pairs.add(pair)
    else pairs.delete(pair)
  }
  return [...pairs].sort()
}

const step = fc.record({
  does: fc.constantFrom('join', 'join', 'join', 'quit', 'leave', 'return', 'grant', 'revoke', 'map', 'unmap', 'rename'),
  who: fc.constantFrom('ada', 'ben'),
  group: fc.constantFrom('eng', 'ops'),
  role: fc.constantFrom('one', 'two'),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function take(acme: People, roles: Record<string, string>, { does, who, group, role }: Step, n: number) {
  const organizationId = acme.organizationId
  const slug = `${role}${organizationId}`
  const userId = does === 'grant' || does === 'revoke' ? await acme.accountId(who) : ''
  switch (does) {
    case 'join':
      return acme.join(group, who)
    case 'quit':
      return acme.quit(group, who)
    case 'leave':
      return acme.hire(who, { state: 'inactive' })
    case 'return':
      return acme.hire(who, { state: 'active' })
    case 'grant':
      return admin.grant({ userId, role: roles[role]! })
    case 'revoke':
      return admin.revoke({ userId, role: roles[role]! })
    case 'map':
      return admin.createMapping({ organizationId, match: 'NAME_EQUALS', value: group, roles: [slug] })
    case 'unmap': {
      const { rows } = await app.db.pool.query<{ id: string }>(
        'select id from role_mapping where organization_id = $1 limit 1',
        [organizationId],
      )
      return rows[0] && admin.deleteMapping({ id: rows[0].id, confirm: true })
    }
    case 'rename':
      return admin.updateRole({ id: roles[role]!, name: `${role} ${n}` })
  }
}

const HISTORIES = process.env.LONG_TESTS === undefined ? 2 : 200

test(
  'the roles of a past moment are those that were seen then, which is what the change log comes to up to it',
  { timeout: HISTORIES * 60_000 },
  async () => {
    let runs = 0
    let known = 0
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 8, maxLength: 16, size: 'max' }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
      async (steps, fractions) => {
        runs += 1
        const acme = await people(app, key, `then${runs}`)
        const { organizationId } = acme
        const start = Date.now()
        for (const id of ['ada', 'ben']) await acme.hire(id)
        for (const id of ['eng', 'ops']) await acme.found(id)
        await acme.join('eng', 'ada')
        await app.applied()
        const roles: Record<string, string> = {}
        for (const name of ['one', 'two'])
          roles[name] = done(await admin.createRole({ slug: `${name}${organizationId}`, name, organizationId })).id
        done(await admin.createMapping({ organizationId, match: 'NAME_EQUALS', value: 'eng', roles: [`one${organizationId}`] })) // oxfmt-ignore
        const moments: { at: string; seen: Seen }[] = []
        for (const [n, one] of steps.entries()) {
          await take(acme, roles, one, n)
          moments.push({ seen: await look(organizationId), at: await momentAfter() })
        }
        const compare = async () => {
          for (const { at, seen } of moments) {
            const then = await look(organizationId, at)
            expect({ at, ...held(then) }).toEqual({ at, ...held(seen) })
            expect(reasons(then).sort()).toEqual(reasons(seen).sort())
            known += reasons(then).length
          }
          for (const fraction of fractions) {
            const at = new Date(start + fraction * (Date.now() - start)).toISOString()
            const then = await look(organizationId, at)
            const pairs = then.flatMap(({ id, roleAssignments }) =>
              roleAssignments.map(({ role }) => `${id} ${role.id}`),
            )
            expect(pairs.sort()).toEqual(await replayed(organizationId, at))
          }
        }
        await compare()
        // Nobody has them any more.
        for (const id of Object.values(roles)) done(await admin.deleteRole({ id, confirm: true }))
        expect(Object.values(held(await look(organizationId))).flat()).toEqual([])
        await compare()
      },
    )
    // A reason that ends without the log's saying so, since another one for the same role is left.
    const left = ['map', 'unmap', 'join', 'grant', 'unmap'].map((does): Step => ({ does, who: 'ada', group: 'ops', role: 'two' }) as Step) // oxfmt-ignore
    await fc.assert(property, { numRuns: HISTORIES, examples: [[left, [0, 0, 0]]] })
    expect(known).toBeGreaterThan(HISTORIES)
  },
)

test('somebody who has left had the roles that they had, with their reasons, and since when', async () => {
  const acme = await people(app, key, 'left')
  const { organizationId } = acme
  const role = done(await admin.createRole({ slug: 'left', name: 'Before', organizationId }))
  await acme.hire('ada')
  await acme.found('eng')
  await acme.join('eng', 'ada')
  await app.applied()
  done(await admin.createMapping({ organizationId, match: 'NAME_EQUALS', value: 'eng', roles: ['left'] }))
  const [before] = await look(organizationId)
  const at = await momentAfter()
  done(await admin.updateRole({ id: role.id, slug: 'other', name: 'After' }))
  await acme.hire('ada', { state: 'inactive' })
  expect((await look(organizationId))[0]!.roleAssignments).toEqual([])
  expect(await look(organizationId, at)).toEqual([before])
  expect(before!.roleAssignments).toMatchObject([
    { role: { slug: 'left', name: 'Before' }, grants: [{ kind: 'MAPPING', group: { id: acme.groupId('eng') } }] },
  ])
})

test('somebody who has been purged had the roles that they had, by an identity that is not there any more', async () => {
  const acme = await people(app, key, 'purged')
  const { organizationId } = acme
  done(await admin.createRole({ slug: 'purged', name: 'Purged', organizationId }))
  await acme.hire('ada')
  await acme.found('eng')
  await acme.join('eng', 'ada')
  await app.applied()
  done(await admin.createMapping({ organizationId, match: 'NAME_EQUALS', value: 'eng', roles: ['purged'] }))
  const id = await acme.accountId('ada')
  const at = await momentAfter()
  await acme.tell('dsync.user.deleted', { id: acme.userId('ada'), directory_id: acme.directoryId, idp_id: 'ada' })
  await app.applied()
  while (await purgeTombstones(app.db.pool, new Date('2026-07-01'), new Date()));
  const asked = `{ user(id: "${id}") { state roleAssignments(asOf: "${at}") {
    role { slug } grants { kind group { id } directoryUser { id } } } } }`
  const { data, errors } = await ask(app.url, key, asked)
  const grants = [{ kind: 'MAPPING', group: { id: acme.groupId('eng') }, directoryUser: null }]
  expect(errors).toBeUndefined()
  expect(data).toEqual({ user: { state: 'DELETED', roleAssignments: [{ role: { slug: 'purged' }, grants }] } })
})

test('while a loss waits to be told, the role is held, and so are its reasons', async () => {
  const acme = await people(app, key, 'waits')
  const { organizationId } = acme
  done(await admin.createRole({ slug: 'waits', name: 'Waits', organizationId }))
  await acme.hire('ada')
  await acme.found('eng')
  await acme.join('eng', 'ada')
  await app.applied()
  done(await admin.createMapping({ organizationId, match: 'NAME_EQUALS', value: 'eng', roles: ['waits'] }))
  const [before] = await look(organizationId)
  const clock = await app.db.pool.connect()
  let at = ''
  try {
    await clock.query('begin')
    await clock.query('select from change_clock for update')
    await acme.quit('eng', 'ada')
    const waiting = `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as is`
    await expect.poll(async () => (await app.db.pool.query<{ is: boolean }>(waiting)).rows[0]!.is).toBe(true)
    at = await momentAfter()
  } finally {
    await clock.query('commit')
    clock.release()
  }
  expect((await look(organizationId))[0]!.roleAssignments).toEqual([])
  expect(await look(organizationId, at)).toEqual([before])
})

test('the roles of many accounts at one moment take as many statements as those of one', async () => {
  const acme = await people(app, key, 'many')
  done(await admin.createRole({ slug: 'many', name: 'Many', organizationId: acme.organizationId }))
  for (let n = 0; n < 6; n += 1) {
    await acme.hire(`many${n}`)
    done(await admin.grant({ userId: await acme.accountId(`many${n}`), role: 'many' }))
  }
  const { organizationId } = acme
  const at = await momentAfter()
  const counts: number[] = []
  for (const first of [1, 6]) {
    const statements = await statementsOf(async () => {
      const asked = `{ users(first: ${first}, filter: { organizationId: "${organizationId}" }) {
        nodes { roleAssignments(asOf: "${at}") { role { slug } grants { kind } } } } }`
      const { data } = await ask(app.url, key, asked)
      expect(JSON.stringify(data).match(/"many"/g)).toHaveLength(first)
    })
    counts.push(statements.length)
  }
  expect(counts).toEqual([3, 3])
})

test('a moment that is ahead, or that the log does not reach back to, is refused', async () => {
  const ahead = await ask(app.url, key, `{ users { nodes { roleAssignments(asOf: "2999-01-01T00:00:00Z") { grantedAt } } } }`) // oxfmt-ignore
  expect(ahead.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  await app.db.pool.query('update change_clock set purged_through = 5')
  await app.db.pool.query('delete from change where position <= 5')
  const purged = await ask(app.url, key, `{ users { nodes { roleAssignments(asOf: "2020-01-01T00:00:00Z") { grantedAt } } } }`) // oxfmt-ignore
  expect(purged.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
})
