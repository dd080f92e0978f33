// Who may not, cannot: from the transaction on that says so, until they may again, and then with exactly what they had.
// Tokens, sockets and streams of leavers are in test/auth/accounts.test.ts, AuthKit's sessions in
// test/accounts/sessions.test.ts.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createAccountOperations } from '../../src/accounts/operations.ts'
import { drainDue } from '../../src/accounts/settle-next.ts'
import type { AccountOperations } from '../../src/operations/account-operations.ts'
import { Refusal } from '../../src/operations/refusal.ts'
import { event, group, member, user } from '../support/events.ts'
import { directoryIds, history, tell } from './history.ts'
import { startTwoWriters, usePools } from './two-writers.ts'

const HISTORIES = process.env.LONG_TESTS === undefined ? 5 : 300
const LIMIT_MS = HISTORIES * 6_000

const pools = usePools()
let operations: AccountOperations
beforeAll(() => {
  operations = createAccountOperations({ db: pools[0], now: () => new Date(), onDue: () => {} })
})

async function startAnew(): Promise<void> {
  await pools[0].pool.query(`
    truncate change, inbox_event, membership, directory_user, directory_group, role_mapping_role, role_mapping_group,
      role_mapping, role_grant, role, account, account_due, mapping_due, session_revocation, sync_run_deferral, sync_run, directory,
      organization cascade;
    insert into organization (id) values ('org_a'), ('org_b');
    insert into role (id, slug, name) values ('role_1', 'admin', ''), ('role_2', 'member', '');
    insert into role_mapping (id, match, value) values ('role_mapping_1', 'NAME_REGEX', '.');
    insert into role_mapping_role (mapping_id, role_id) values ('role_mapping_1', 'role_1');
    update change_clock set purged_through = position`)
}

const rowsOf = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await pools[0].pool.query<Row>(text, values)).rows

interface Seen {
  readonly id: string
  readonly state: string
  readonly disabled: boolean
  readonly identities: string[]
  /** Roles that count. */
  readonly roles: number
  readonly deactivated: boolean
  readonly revoked: boolean
  /** What the log tells of whether it may be let in, in order. */
  readonly told: string[]
}

const SEEN = `
  select a.id, a.state::text, a.disabled_at is not null as disabled, a.deactivated_at is not null as deactivated,
         a.sessions_revoked_at is not null as revoked,
         array(select u.state::text from directory_user u where u.account_id = a.id) as identities,
         (select count(*) from role_grant g where g.account_id = a.id and g.visible) as roles,
         array(select substr(c.kind::text, 6) from change c where c.account_id = a.id
               and c.kind in ('USER_DEACTIVATED', 'USER_REACTIVATED', 'USER_DELETED') order by c.position) as told
  from account a order by a.id`

/** Whether an account may be let in, said once more. */
function mayBeLetIn({ state, disabled, identities }: Seen): boolean {
  if (state === 'DELETED' || disabled) return false
  return identities.length === 0 || identities.includes('ACTIVE')
}

/** What is wrong with an account, or with what was told of it. */
function faultsOf(one: Seen): string[] {
  const active = mayBeLetIn(one)
  const { state, deactivated, roles, revoked, told } = one
  const faults = {
    'its state is another': (state === 'ACTIVE') !== active,
    'since when it is not active is not what its state says': deactivated === active,
    'it has roles and may not be let in': !active && roles > 0,
    // Each end of access was told, and each return.
    'it was told the same twice': told.some((kind, n) => n > 0 && told[n - 1] === kind),
    'what was told last is not so': told.length > 0 && (told.at(-1) === 'REACTIVATED') !== active,
    'sessions of before it had to go are trusted': told.includes('DEACTIVATED') && !revoked,
  }
  return Object.entries(faults).flatMap(([fault, is]) => (is ? [`${fault}: ${JSON.stringify(one)}`] : []))
}

const deed = fc.record({
  what: fc.constantFrom('disable', 'enable', 'link', 'link', 'link', 'unlink'),
  nth: fc.nat({ max: 9 }),
  to: fc.constantFrom('u-1', 'u-2'),
})

/** What is refused is not done. Anything else that goes wrong is thrown. */
async function carryOut({ what, nth, to }: typeof deed extends fc.Arbitrary<infer Value> ? Value : never) {
  const by = { actor: 'api_key_test', organizationId: null }
  const pick = async (text: string) => {
    const rows = await rowsOf<{ id: string }>(text)
    return rows[nth % Math.max(rows.length, 1)]?.id
  }
  const account = await pick('select id from account order by id')
  const identity = await pick(`select id from directory_user where state <> 'UNSEEN' order by id`)
  if (account === undefined || identity === undefined) return
  const link = { directoryUserId: identity, userId: null, externalId: to, workosUserId: null }
  const done = {
    disable: () => operations.disable(account, 'test', by),
    enable: () => operations.enable(account, 'test', by),
    link: () => operations.link(link, by),
    unlink: () => operations.unlink(identity, by),
  }[what as 'link']()
  await done.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
  })
}

test(
  'Law 6: after any history, while people disable, enable, link and unlink, nobody is in who may not be, and nobody out who may',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    let run = 0
    const told = new Set<string>()
    const deeds = fc.array(fc.array(deed, { maxLength: 5, size: 'max' }), { minLength: 3, maxLength: 3 })
    const property = fc.asyncProperty(history, deeds, async (one, meanwhile) => {
      run += 1
      await startAnew()
      const failures: string[] = []
      const writers = startTwoWriters(pools, one.batchSizes, (error) => failures.push(error))
      const bodies = tell(one, run).map(({ event: body }) => JSON.stringify(body))
      const third = Math.ceil(bodies.length / 3)
      try {
        for (const [phase, some] of meanwhile.entries()) {
          const part = bodies.slice(phase * third, (phase + 1) * third)
          const deliver = async () => {
            for (let from = 0; from < part.length; from += one.chunk)
              await writers.deliver(from / one.chunk, part.slice(from, from + one.chunk))
            await writers.settled()
          }
          const administer = async () => {
            for (const act of some) await carryOut(act)
          }
          await Promise.all([deliver(), administer()])
          await drainDue(pools[0])
          const seen = await rowsOf<Seen>(SEEN)
          for (const account of seen) {
            expect(faultsOf(account)).toEqual([])
            for (const kind of account.told) told.add(kind)
          }
        }
        expect(failures).toEqual([])
      } finally {
        await writers.close()
      }
    })
    await fc.assert(property, {
      numRuns: HISTORIES,
      unbiased: true,
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
    })
    // Or else it would prove nothing.
    expect([...told]).toEqual(expect.arrayContaining(['DEACTIVATED', 'REACTIVATED']))
  },
)

const GRANTS = `
  select account_id, role_id, kind::text, mapping_id, group_id, directory_user_id, actor, visible, granted_at
  from role_grant order by 1, 2, 3, 4, 5, 6`
const MEMBERS = 'select group_id, user_id, present, visible from membership order by 1, 2'

test(
  'Law 6: whoever leaves, however, and comes back under the same id, has exactly what was taken, and nothing else',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    let run = 100
    const [directoryId] = directoryIds(run)
    const property = fc.asyncProperty(
      fc.subarray(['dev', 'ops', 'hr'], { minLength: 1 }),
      fc.subarray(['admin', 'member']),
      fc.array(fc.constantFrom('deleted', 'inactive'), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (groups, told, ways, atOnce) => {
        run += 1
        await startAnew()
        const failures: string[] = []
        const writers = startTwoWriters(pools, [10, 10], (error) => failures.push(error))
        const own = { directory_id: directoryId, organization_id: 'org_a' }
        const ada = user('ada', { ...own, roles: told.map((slug) => ({ slug })) })
        let second = 1
        let letIn = 0
        const say = (type: string, data: object) => JSON.stringify(event(type, data as never, (second += 1)))
        const deliver = async (...bodies: string[]) => {
          await writers.deliver(0, bodies)
          if (!atOnce) await writers.settled()
        }
        try {
          const connected = {
            object: 'directory',
            id: directoryId,
            organization_id: 'org_a',
            name: 'x',
            type: 'okta scim v2.0',
            state: 'active',
            domains: [],
            external_key: 'x',
            created_at: '2026-01-01T00:00:00Z',
            updated_at: '2026-01-01T00:00:00Z',
          }
          await deliver(say('dsync.activated', connected), say('dsync.user.created', ada))
          for (const name of groups) await deliver(say('dsync.group.user_added', member(group(name, own), ada, directoryId))) // oxfmt-ignore
          await writers.settled()
          await drainDue(pools[0])
          const before = { grants: await rowsOf(GRANTS), members: await rowsOf(MEMBERS) }
          for (const way of ways) {
            if (way === 'inactive') await deliver(say('dsync.user.updated', { ...ada, state: 'inactive' }))
            else await deliver(say('dsync.user.deleted', { ...ada, state: 'inactive' }))
            const [gone] = atOnce ? [] : await rowsOf<Seen>(SEEN)
            letIn += gone === undefined || (gone.state === 'INACTIVE' && gone.roles === 0 && gone.revoked) ? 0 : 1
            await deliver(say('dsync.user.updated', { ...ada, state: 'active' }))
          }
          await writers.settled()
          await drainDue(pools[0])
          expect({ grants: await rowsOf(GRANTS), members: await rowsOf(MEMBERS) }).toEqual(before)
          const [back] = await rowsOf<Seen>(SEEN)
          // What was begun before stays worthless, also where the return came in the same transaction.
          expect(back).toMatchObject({ state: 'ACTIVE', revoked: true })
          const turns = ['DEACTIVATED', 'REACTIVATED']
          // Several absences of one transaction are told as one.
          expect(back!.told.slice(0, atOnce ? 2 : undefined)).toEqual(atOnce ? turns : ways.flatMap(() => turns))
          expect(letIn).toBe(0)
          expect(failures).toEqual([])
        } finally {
          await writers.close()
        }
      },
    )
    await fc.assert(property, { numRuns: HISTORIES })
  },
)

test('Law 6: a removal of what nobody knew leaves a tombstone, never somebody who is there', async () => {
  await startAnew()
  const failures: string[] = []
  const writers = startTwoWriters(pools, [10, 10], (error) => failures.push(error))
  const [directoryId] = directoryIds(999)
  const own = { directory_id: directoryId, organization_id: 'org_a' }
  const [eve, dev] = [user('eve', own), group('dev', own)]
  try {
    for (const [type, data] of [
      ['dsync.user.deleted', eve],
      ['dsync.group.user_removed', member(dev, eve, directoryId)],
      ['dsync.group.deleted', dev],
    ] as const)
      await writers.deliver(0, [JSON.stringify(event(type, data, 5))])
    // What is older and comes later is no return.
    await writers.deliver(1, [JSON.stringify(event('dsync.user.created', eve, 1))])
    await writers.settled()
    expect(await rowsOf(`select id from directory_user where state in ('ACTIVE', 'INACTIVE')`)).toEqual([])
    expect(await rowsOf(`select id from account where state = 'ACTIVE'`)).toEqual([])
    expect(await rowsOf('select from role_grant where visible')).toEqual([])
    expect(failures).toEqual([])
  } finally {
    await writers.close()
  }
})
