import assert from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueAccounts } from '../../src/accounts/due.ts'
import { queueMappings } from '../../src/accounts/due-mappings.ts'
import { settle } from '../../src/accounts/settle-access.ts'
import { openDatabase, type Database } from '../../src/db/database.ts'
import type { Findings } from '../../src/operations/mapping-plans.ts'
import { Refusal } from '../../src/operations/refusal.ts'
import type { AccountOperations } from '../../src/operations/account-operations.ts'
import type { RoleOperations } from '../../src/operations/role-operations.ts'
import { drainDue } from '../../src/accounts/settle-next.ts'
import { createAccountOperations } from '../../src/accounts/operations.ts'
import { createRoleOperations } from '../../src/roles/role-operations.ts'
import { act, carryOut, type Act } from '../laws/administration.ts'
import { createTestDatabase } from '../support/database.ts'
import { directoryIds, settleIn, world } from './random-world.ts'

const WORLDS = process.env.LONG_TESTS === undefined ? 15 : 500
const LIMIT_MS = WORLDS * 4_000
const by = { actor: 'api_key_test', organizationId: null }

let db: Database
let drop: () => Promise<void>
let operations: RoleOperations
let accountOperations: AccountOperations
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  db = openDatabase({ connectionString: database.connectionString, size: 5, onIdleError: () => {} })
  const settlement = { queue: queueAccounts, queueMappings, settle, drain: () => drainDue(db) }
  operations = createRoleOperations({ db, now: () => new Date(), settlement })
  accountOperations = createAccountOperations({ db, now: () => new Date(), onDue: () => {} })
})
afterAll(async () => {
  await db.close()
  await drop()
})

/** Roles by account. */
type Held = Record<string, string[]>

async function held(): Promise<Held> {
  const { rows } = await db.pool.query<{ id: string; roles: string[] }>(
    'select account_id as id, array_agg(distinct role_id order by role_id) as roles from role_grant where visible group by 1',
  )
  return Object.fromEntries(rows.map(({ id, roles }) => [id, roles]))
}

interface Difference {
  readonly id: string
  readonly granted: string[]
  readonly revoked: string[]
  readonly losesLast: boolean
  readonly lastHolderOf: string[]
}

/** What really differs, said in the words of a plan. */
function differences(before: Held, after: Held, owner: (id: string) => string): Difference[] {
  const holders = (of: Held, role: string, organization: string) =>
    Object.keys(of).filter((id) => owner(id) === organization && of[id]!.includes(role))
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map((id) => {
      const [had, has] = [before[id] ?? [], after[id] ?? []]
      const revoked = had.filter((role) => !has.includes(role))
      return {
        id,
        granted: has.filter((role) => !had.includes(role)),
        revoked,
        losesLast: had.length > 0 && has.length === 0,
        lastHolderOf: revoked.filter((role) => role !== 'role_2' && holders(after, role, owner(id)).length === 0),
      }
    })
    .filter(({ granted, revoked }) => granted.length + revoked.length > 0)
}

async function planned(planId: string) {
  const { rows } = await db.pool.query<Difference>(
    `select account_id as id, granted, revoked, loses_last as "losesLast", last_holder_of as "lastHolderOf"
     from role_mapping_plan_difference where plan_id = $1 order by account_id`,
    [planId],
  )
  const { rows: plans } = await db.pool.query<{
    hash: string
    granted: number
    revoked: number
    unchanged: number
    findings: Findings
  }>('select hash, granted, revoked, unchanged, findings from role_mapping_plan where id = $1', [planId])
  return { rows, plan: plans[0]! }
}

async function requestOf(acts: readonly Act[]) {
  const { rows } = await db.pool.query<{ id: string }>('select id from role_mapping order by id')
  const ids = rows.map(({ id }) => id)
  const take = ({ nth }: Act): string[] => (ids.length === 0 ? [] : ids.splice(nth % ids.length, 1))
  const mapping = ({ look, owner, directory, roles }: Act) => ({
    ...look,
    organizationId: directory === null ? owner : null,
    directoryId: directory === null ? null : directoryIds[directory]!,
    roles,
  })
  const ofKind = (...kinds: string[]) => acts.filter(({ what }) => kinds.includes(what))
  return {
    create: ofKind('make mapping', 'make role').map(mapping),
    update: ofKind('change mapping', 'grant').flatMap((one) =>
      take(one).map((id) => ({ id, ...one.look, roles: one.roles })),
    ),
    delete: ofKind('delete mapping', 'revoke', 'delete role').flatMap(take),
  }
}

test(
  'for random directories, what a plan says is what its application does, to the last account',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    let told = 0
    const mappings = fc.array(
      act.map((one) => ({ ...one, what: 'make mapping' as const })),
      { maxLength: 6, size: 'max' },
    )
    const changes = fc.array(act, { minLength: 1, maxLength: 6, size: 'max' })
    const property = fc.asyncProperty(world, mappings, changes, async (one, early, acts) => {
      await settleIn(db.pool, one)
      for (const deed of early)
        await carryOut({ roles: operations, accounts: accountOperations, db: db.pool, directoryIds }, deed)
      await drainDue(db)
      const request = await requestOf(acts)
      let planId: string
      try {
        planId = await operations.planMappings(by, request)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return // two of the changes are of one mapping, or there are none
      }
      const before = await held()
      const { rows, plan } = await planned(planId)
      // Nothing has changed meanwhile: the same question has the same answer.
      expect((await planned(await operations.planMappings(by, request))).plan.hash).toBe(plan.hash)
      const { rows: heads } = await db.pool.query<{ position: number }>('select position from change_clock')
      if (plan.findings.conflicts.length > 0) {
        const refused = await operations.applyPlan(by, planId, plan.hash).catch((error: unknown) => error)
        assert.ok(refused instanceof Refusal && /same scope/.test(refused.message), String(refused))
        assert.deepEqual(await held(), before)
        return
      }
      await operations.applyPlan(by, planId, plan.hash)
      const { rows: accounts } = await db.pool.query<{ id: string; owner: string }>('select id, organization_id as owner from account') // oxfmt-ignore
      const owners = new Map(accounts.map(({ id, owner }) => [id, owner]))
      const after = await held()
      expect(rows).toEqual(differences(before, after, (id) => owners.get(id)!))
      const { rows: log } = await db.pool.query<{ kind: string; count: number }>(
        `select kind, count(*) as count from change where position > $1 and kind in ('ROLE_GRANTED', 'ROLE_REVOKED') group by 1 order by 1`,
        [heads[0]!.position],
      )
      const counted = [['ROLE_GRANTED', plan.granted], ['ROLE_REVOKED', plan.revoked]].filter(([, count]) => count !== 0) // oxfmt-ignore
      expect(log.map(({ kind, count }) => [kind, count])).toEqual(counted)
      expect(plan.findings.emptied).toBe(rows.filter(({ losesLast }) => losesLast).length)
      told += rows.length
    })
    await fc.assert(property, {
      numRuns: WORLDS,
      unbiased: true,
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
    })
    // Or else it would prove nothing.
    expect(told).toBeGreaterThan(WORLDS / 2)
  },
)
