// Statements stay planned for as long as a connection lives: how they were planned when there was nothing yet must be
// right for ever.
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import type { ApplyContext } from '../../src/inbox/apply-due.ts'
import { openInbox, type Inbox } from './inbox.ts'

interface Prepared {
  readonly name: string
  readonly parameters: number
}

/**
 * A connection that has applied what happens to somebody and a group, over and over, on tables that were empty before.
 */
async function worked(parts: Partial<ApplyContext> = {}): Promise<Database> {
  const { db, inbox } = await opened(parts)
  for (let n = 2; n < 12; n += 1) {
    const ada = user('ada', { job_title: `Job ${n}`, first_name: `Ada ${n}` })
    const turn = n % 2 === 0 ? 'added' : 'removed'
    await inbox.receive(event('dsync.user.updated', ada, n))
    await inbox.receive(event(`dsync.group.user_${turn}`, member(group('dev'), ada), n))
    await inbox.applyAll({ db, ...parts })
  }
  // Of its plans, those that it keeps.
  await db.pool.query('set plan_cache_mode = force_generic_plan')
  return db
}

/** A connection to a new database with a directory. */
async function opened(parts: Partial<ApplyContext> = {}): Promise<{ db: Database; inbox: Inbox }> {
  const inbox = await openInbox()
  const db = openDatabase({ connectionString: inbox.connectionString, size: 1, onIdleError: () => {} })
  onTestFinished(async () => {
    await db.close()
    await inbox.close()
  })
  await inbox.receive(event('dsync.activated', directory(), 1))
  await inbox.applyAll({ db, ...parts })
  return { db, inbox }
}

test('what is done for each batch is planned no more, and what was planned for empty tables reads none of them whole when they have grown', async () => {
  const db = await worked()
  const prepared = await preparedOf(db, 'generic_plans > 0')
  const often = [
    'load-directories',
    'load-users',
    'load-groups',
    'load-edges',
    'mark-events',
    'owners-of-directories',
    'accounts-of-users',
    'lock-accounts',
    'find-strays',
    'load-accounts',
    'save-accounts',
  ]
  expect(prepared.map(({ name }) => name)).toEqual(expect.arrayContaining(often))
  // Nor was any of it planned for single values first, by each connection, but for what came with the directory and the
  // group.
  expect((await preparedOf(db, 'custom_plans > 2')).filter(({ name }) => often.includes(name))).toEqual([])
  const plans = await Promise.all(prepared.map((one) => planOf(db, one)))
  // Of what waits, which looking for work walks along, there is an index of its own.
  const isWhole =
    /Seq Scan on (inbox_event|change|directory_user|membership|account)\b|Index (Only )?Scan using (?!inbox_event_pending_idx)\w+ on (inbox_event|directory_user|membership|account)\b.*\n(?!\s+Index Cond)/
  expect(plans.filter((plan) => isWhole.test(plan))).toEqual([])
  for (const name of ['mark-events', 'save-accounts'])
    expect(plans.find((plan) => plan.startsWith(name))).toMatch(/Index Cond: \(id = ANY/)
})

test('nor are all groups, or all directories, looked at by whoever looks for work and takes it', async () => {
  const db = await worked()
  const prepared = await preparedOf(db, `name in ('claim-events', 'find-work')`)
  expect(prepared).toHaveLength(2)
  const plans = await Promise.all(prepared.map((one) => planOf(db, one)))
  expect(plans.filter((plan) => /Seq Scan on (inbox_event|directory|directory_group)\b/.test(plan))).toEqual([])
})

test('nor is anybody, or what anybody is in, looked for among all who are active, or all who are in a group', async () => {
  const db = await worked({ guard: { minimum: 0, percent: 100, windowMs: 600_000 } })
  const names = ['guard-count', 'guard-gone', 'derive-grants']
  const prepared = await preparedOf(db, `name = any('{${names.join(',')}}')`)
  expect(prepared.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
  const plans = await Promise.all(prepared.map((one) => planOf(db, one)))
  const isOfAll =
    /directory_user_(directory_id_|organization_id_)?state_created_at_id_idx|Index Scan using membership_pkey/
  expect(plans.filter((plan) => isOfAll.test(plan))).toEqual([])
  // Whether a group is there is asked for each membership: joined, all groups might be gone through.
  expect(plans.find((plan) => plan.startsWith('derive-grants'))).toMatch(/Filter: \(present AND \(SubPlan/)
})

test('nor are newcomers compared with all of their directory, or with all accounts of an organization that links by address', async () => {
  const db = await worked()
  const [returning, byEmail, ...others] = await Promise.all(
    (await preparedOf(db, `name in ('lock-by-email', 'find-returning')`)).map((one) => planOf(db, one)),
  )
  expect(others).toEqual([])
  expect(byEmail).toMatch(/Index Scan using account_sort_email_id_idx/)
  // Whole pairs: in each directory there may be a number 1.
  expect(returning).toMatch(
    /directory_user_idp_id_directory_id_idx.*\n\s+Index Cond: \(\(ROW\(idp_id, directory_id\) >= /,
  )
})

test('what goes through a directory chunk by chunk is planned for the one that it is', async () => {
  const { db, inbox } = await opened()
  await inbox.receive(event('dsync.deleted', directory(), 20))
  await inbox.applyAll({ db })
  expect(await preparedOf(db, `name = 'cascade-reach' and custom_plans > 0 and generic_plans = 0`)).toHaveLength(1)
})

async function preparedOf(db: Database, condition: string): Promise<Prepared[]> {
  const text = `
    select name, coalesce(cardinality(parameter_types), 0) as parameters from pg_prepared_statements
    where name <> '' and ${condition}`
  return (await db.pool.query<Prepared>(text)).rows.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

async function planOf(db: Database, { name, parameters }: Prepared): Promise<string> {
  const values = parameters === 0 ? '' : `(${Array(parameters).fill('null').join(', ')})`
  const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(`explain execute "${name}" ${values}`)
  return [name, ...rows.map((row) => row['QUERY PLAN'])].join('\n')
}
