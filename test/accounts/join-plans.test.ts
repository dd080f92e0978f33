// While a directory is read for the first time, PostgreSQL believes that hardly anybody has an account.
import { expect, test } from 'vitest'
import { seed } from '../graphql/seed.ts'
import { allStatementsOf, type Statement } from '../graphql/statements.ts'
import { openInbox } from '../inbox/inbox.ts'
import { event, user } from '../support/events.ts'

interface Plan {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly Plan[]
}
const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)]

test('whoever joins is looked for alone, and not among all who have joined before', async () => {
  const inbox = await openInbox()
  const { pool } = inbox.db
  const sizes = { organizations: 1, directories: 1, groups: 0, groupsPerUser: 0, changesPerUser: 0, events: 0 }
  await seed(inbox.db, { ...sizes, users: 10_000 })
  await pool.query(`
    alter table directory_user set (autovacuum_enabled = off);
    update directory_user set account_id = null, link_kind = null`)
  await pool.query('analyze')
  await pool.query(`
    update directory_user set account_id = 'account_' || right(id, 7), link_kind = 'PROVISIONED'
    where id >= 'directory_user_0000100'`)

  const joining = Array.from({ length: 100 }, (_, n) => ({
    ...user(`x${n}`, { directory_id: 'directory_0000000', organization_id: 'org_0000000', idp_id: `idp_${n}` }),
    id: `directory_user_${String(n).padStart(7, '0')}`,
  }))
  await inbox.receive(...joining.map((one, n) => event('dsync.user.updated', one, Date.UTC(2027, 0, 1) / 1_000 + n)))
  const statements = await allStatementsOf(() => inbox.applyAll())
  expect(await inbox.list(`select count(*) from inbox_event where status = 'APPLIED'`)).toEqual([100])

  const touched = async ({ text, values }: Statement) => {
    const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${text}`, [...values]) // oxfmt-ignore
    const scans = flat(rows[0]!['QUERY PLAN'][0].Plan).filter((plan) => plan['Relation Name'] !== undefined)
    const rowsOf = (plan: Plan) =>
      plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
    return scans.reduce((sum, plan) => sum + rowsOf(plan) * plan['Actual Loops'], 0)
  }
  for (const name of ['find-returning', 'accounts-of-users']) {
    const found = statements.filter((statement) => statement.name === name)
    expect(found.length).toBeGreaterThan(0)
    const most = Math.max(...(await Promise.all(found.map(touched))))
    expect({ name, most: Math.max(most, 200) }).toEqual({ name, most: 200 })
  }
  await inbox.close()
})
