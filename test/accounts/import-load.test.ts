// A hundred thousand links in one request, while events go on coming in: none of either is lost.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { event, user } from '../support/events.ts'
import { query } from '../support/client.ts'
import { until } from '../support/until.ts'
import { Import } from './operations.ts'
import { upload } from './upload.ts'

const PEOPLE = process.env.LONG_TESTS === undefined ? 10_000 : 100_000

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  await seed()
}, 600_000)
afterAll(() => app.close())

/**
 * Two directories of one organization, whose people each have the account that was made for them; half of them are
 * known.
 */
async function seed(): Promise<void> {
  const pool = new pg.Client({ connectionString: app.connectionString })
  await pool.connect()
  await pool.query(`insert into organization (id) values ('org_big')`)
  for (const id of ['directory_big', 'directory_calm'])
    await pool.query(
      `insert into directory (id, organization_id, name, type, state, domains, created_at, updated_at, fact_at, fact_id)
       values ($1, 'org_big', $1, 'okta scim v2.0', 'ACTIVE', '{}', now(), now(), '2026-01-01', 'event_0')`,
      [id],
    )
  await pool.query(
    `insert into account (id, organization_id, state, provisioned)
     select 'account_' || lpad(n::text, 7, '0'), 'org_big', 'ACTIVE', true from generate_series(1, ${PEOPLE}) n`,
  )
  await pool.query(
    `insert into account (id, organization_id, external_id, state, provisioned)
     select 'account_known_' || n, 'org_big', 'u' || n, 'ACTIVE', false from generate_series(1, ${PEOPLE}, 2) n`,
  )
  await pool.query(
    `insert into directory_user (id, directory_id, organization_id, idp_id, emails, state, active, custom_attributes,
       raw_attributes, idp_roles, created_at, updated_at, sort_name, sort_email, search_text, account_id, link_kind, fact_at, fact_id)
     select 'directory_user_' || n, 'directory_big', 'org_big', 'idp_' || n, '[]', 'ACTIVE', true, '{}', '{}', '{}',
            '2026-01-01', '2026-01-01', '', '', '', 'account_' || lpad(n::text, 7, '0'), 'PROVISIONED', '2026-01-01', 'event_0'
     from generate_series(1, ${PEOPLE}) n`,
  )
  await pool.query('analyze')
  await pool.end()
}

test(`${PEOPLE} links are imported while events come in, and no event is lost or undone`, async () => {
  const rows = Array.from({ length: PEOPLE }, (_, n) => `u${n + 1},directory_user_${n + 1}`)
  let over = false
  const importing = upload(app.url, ['user_id,directory_user_id', ...rows].join('\n'), {
    headers: { authorization: `Bearer ${key}` },
  }).finally(() => {
    over = true
  })

  // People of the directory leave meanwhile, and others are hired elsewhere: those need not wait for it.
  const organization = { organization_id: 'org_big' }
  let [left, hired] = [0, 0]
  while (!over) {
    const leaver = user(String(left * 7 + 1), { ...organization, directory_id: 'directory_big', state: 'inactive' })
    expect(await app.deliver(event('dsync.user.deleted', leaver))).toBe(200)
    left += 1
    const newcomer = user(`calm${hired}`, { ...organization, directory_id: 'directory_calm' })
    expect(await app.deliver(event('dsync.user.created', newcomer))).toBe(200)
    await until(() => isThere(newcomer.id))
    if (!over) hired += 1
  }
  const { data, errors } = await importing
  expect(errors).toBeUndefined()
  const half = PEOPLE / 2
  expect(data!.importUserLinks).toMatchObject({
    imported: true,
    rows: PEOPLE,
    linked: half,
    named: half,
    deleted: half,
  })
  expect(hired).toBeGreaterThan(2)
  await app.applied()
  await until(async () => (await app.db.pool.query('select from account_due limit 1')).rows.length === 0, 300_000)

  const { rows: wrong } = await app.db.pool.query(
    `select u.id from directory_user u join account a on a.id = u.account_id
     where u.directory_id = 'directory_big' and (a.external_id is distinct from 'u' || substr(u.id, 16)
       or a.state::text <> case u.state when 'ACTIVE' then 'ACTIVE' else 'INACTIVE' end)`,
  )
  expect(wrong).toEqual([])
  const count = async (where: string) =>
    (await app.db.pool.query<{ count: number }>(`select count(*) as count from ${where}`)).rows[0]!.count
  expect(await count(`directory_user where directory_id = 'directory_big' and state = 'DELETED'`)).toBe(left)
  // Whoever left just before has lost two accounts: the one that was made, and the one that was known.
  expect(await count(`change where kind = 'USER_DEACTIVATED'`)).toBeGreaterThanOrEqual(left)
  expect(await count(`change where kind = 'USER_LINKED'`)).toBe(half)
  expect(await count(`account where state = 'DELETED'`)).toBe(half)
})

async function isThere(id: string): Promise<boolean> {
  return (await app.db.pool.query('select from directory_user where id = $1', [id])).rows.length > 0
}

test('a hundred thousand rows of ids such as WorkOS makes go into a request as a text', async () => {
  const id = (n: number) => String(n).padStart(26, '0')
  const rows = Array.from({ length: 100_000 }, (_, n) => `user_${id(n)},directory_user_${id(n)}`)
  const csv = ['user_id,directory_user_id', ...rows].join('\n')
  const { importUserLinks } = await query(app.url, key, Import, { csv, dryRun: true })
  expect(importUserLinks).toMatchObject({ rows: 100_000, problemCount: 100_000 })
})
