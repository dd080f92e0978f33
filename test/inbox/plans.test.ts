// Statements stay planned for as long as a connection lives: how they were planned when there was nothing yet must be right for ever.
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, type Database } from '../../src/db/database.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { openInbox } from './inbox.ts'

interface Prepared {
  readonly name: string
  readonly parameters: number
}

test('what was planned for empty tables reads none of them whole when they have grown', async () => {
  const inbox = await openInbox()
  const db = openDatabase({ connectionString: inbox.connectionString, size: 1, onIdleError: () => {} })
  onTestFinished(async () => {
    await db.close()
    await inbox.close()
  })
  await inbox.receive(event('dsync.activated', directory(), 1))
  await inbox.applyAll({ db })
  // After five times, PostgreSQL plans no more where it believes that it gains nothing.
  for (let n = 2; n < 12; n += 1) {
    const ada = user('ada', { job_title: `Job ${n}`, first_name: `Ada ${n}` })
    const turn = n % 2 === 0 ? 'added' : 'removed'
    await inbox.receive(event('dsync.user.updated', ada, n))
    await inbox.receive(event(`dsync.group.user_${turn}`, member(group('dev'), ada), n))
    await inbox.applyAll({ db })
  }
  const { rows } = await db.pool.query<Prepared>(`
    select name, coalesce(cardinality(parameter_types), 0) as parameters from pg_prepared_statements
    where generic_plans > 0 and name <> ''`)
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['mark-events', 'load-users']))
  const plans = await Promise.all(rows.map((prepared) => planOf(db, prepared)))
  const isWhole = /Seq Scan on (inbox_event|change|directory_user|membership|account)\b/
  expect(plans.filter((plan) => isWhole.test(plan))).toEqual([])
  expect(plans.find((plan) => plan.startsWith('mark-events'))).toMatch(/Index Cond: \(id = ANY/)
})

async function planOf(db: Database, { name, parameters }: Prepared): Promise<string> {
  const values = parameters === 0 ? '' : `(${Array(parameters).fill('null').join(', ')})`
  const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(`explain execute "${name}" ${values}`)
  return [name, ...rows.map((row) => row['QUERY PLAN'])].join('\n')
}
