import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { queueAccounts } from '../../src/accounts/due.ts'
import { queueMappings } from '../../src/accounts/due-mappings.ts'
import { createAccountOperations } from '../../src/accounts/operations.ts'
import { settle } from '../../src/accounts/settle-access.ts'
import type { AccountOperations } from '../../src/operations/account-operations.ts'
import type { RoleOperations } from '../../src/operations/role-operations.ts'
import { drainDue } from '../../src/accounts/settle-next.ts'
import { createRoleOperations } from '../../src/roles/role-operations.ts'
import { anyAct, carryOut, type Act } from './administration.ts'
import { heldByLog, storedReasons, wantedReasons } from './grants-oracle.ts'
import { directoryIds, history, tell } from './history.ts'
import { startTwoWriters, usePools } from './two-writers.ts'

const HISTORIES = process.env.LONG_TESTS === undefined ? 5 : 300
const LIMIT_MS = HISTORIES * 6_000

const pools = usePools()
let roles: RoleOperations
let accounts: AccountOperations
beforeAll(() => {
  const db = pools[0]
  const settlement = { queue: queueAccounts, queueMappings, settle, drain: () => drainDue(db) }
  roles = createRoleOperations({ db, now: () => new Date(), settlement })
  accounts = createAccountOperations({ db, now: () => new Date(), onDue: () => {} })
})

// Longer ones, in which less ends and most are active: there must be reasons to be told apart.
const ends = new Set(['activate', 'disconnect', 'delete directory', 'dissolve', 'leave'])
const full = fc.tuple(history, history).map((parts) => ({
  ...parts[0],
  deeds: parts
    .flatMap(({ deeds }) => deeds)
    .filter(({ what, tie }) => !ends.has(what) || tie === 0)
    .map((deed) => (deed.tie > 1 ? { ...deed, userValues: { ...deed.userValues, state: 'active' as const } } : deed)),
}))

async function startAnew(): Promise<void> {
  await pools[0].pool.query(`
    truncate change, inbox_event, membership, directory_user, directory_group, role_mapping_role, role_mapping_group,
      role_mapping, role_grant, role, account, account_due, mapping_due, sync_run_deferral, sync_run, directory, organization cascade;
    insert into organization (id) values ('org_a'), ('org_b');
    insert into role (id, slug, name, organization_id)
    values ('role_1', 'admin', '', null), ('role_2', 'member', '', null), ('role_3', 'ops', '', 'org_a');
    update change_clock set purged_through = position`)
}

const STRAYS = `
  select u.id from directory_user u join account a on a.id = u.account_id and a.organization_id <> u.organization_id`

/** What was granted by hand, by the log of what was done by hand. */
async function grantedByHand(): Promise<string[]> {
  const { rows } = await pools[0].pool.query<{ pair: string }>(`
    select pair from (
      select distinct on (account_id, role_id) account_id || ' ' || role_id as pair, kind from change
      where kind in ('ROLE_GRANT_ADDED', 'ROLE_GRANT_REMOVED') order by account_id, role_id, position desc
    ) newest where kind = 'ROLE_GRANT_ADDED'`)
  return rows.map(({ pair }) => pair)
}

test(
  'Law 7: after any history, while administrators change roles, mappings and accounts, each role has its reasons and no others',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    let run = 0
    let reasons = 0
    const acts = fc.array(fc.array(anyAct, { minLength: 1, maxLength: 6, size: 'max' }), { minLength: 4, maxLength: 4 })
    const property = fc.asyncProperty(full, acts, async (one, [early, ...meanwhile]) => {
      run += 1
      await startAnew()
      const failures: string[] = []
      const writers = startTwoWriters(pools, one.batchSizes, (error) => failures.push(error))
      const place = { roles, accounts, db: pools[0].pool, directoryIds: directoryIds(run) }
      const bodies = tell(one, run).map(({ event }) => JSON.stringify(event))
      const third = Math.ceil(bodies.length / 3)
      const deliver = async (some: readonly string[]) => {
        for (let from = 0; from < some.length; from += one.chunk)
          await writers.deliver(from / one.chunk, some.slice(from, from + one.chunk))
        await writers.settled()
      }
      const administer = async (some: readonly Act[]) => {
        for (const deed of some) await carryOut(place, deed)
      }
      try {
        await administer(early!)
        for (const [phase, deeds] of meanwhile.entries()) {
          await Promise.all([deliver(bodies.slice(phase * third, (phase + 1) * third)), administer(deeds)])
          await drainDue(pools[0])
          const stored = await storedReasons(pools[0].pool)
          expect(stored).toEqual(await wantedReasons(pools[0].pool, await grantedByHand()))
          expect(await heldByLog(pools[0].pool)).toEqual(Object.keys(stored))
          expect((await pools[0].pool.query(STRAYS)).rows, 'identities of another organization than their account').toEqual([]) // oxfmt-ignore
          reasons += Object.values(stored).flat().length
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
    expect(reasons).toBeGreaterThan(HISTORIES * 3)
  },
)
