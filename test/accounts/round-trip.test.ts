// What /export gives, and what becomes of it when it is imported again.
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { Import, Link, Upsert } from './operations.ts'
import { staff, type Staff } from './staff.ts'
import { upload } from './upload.ts'

const KINDS = ['accounts', 'links', 'groups', 'members', 'mappings', 'grants'] as const
type Kind = (typeof KINDS)[number]

let app: TestApp
let other: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  other = await startTestApp()
  key = await app.key()
})
afterAll(async () => {
  await app.close()
  await other.close()
})

async function get(from: TestApp, credential: string | null, query: string) {
  const headers = credential === null ? {} : { authorization: `Bearer ${credential}` }
  const response = await fetch(`${from.url}/export?${query}`, { headers })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

async function exported(from: TestApp, credential: string, what: Kind): Promise<string> {
  const { status, text } = await get(from, credential, `what=${what}`)
  expect([what, status]).toEqual([what, 200])
  return text
}

const table = (csv: string) => parse(csv, { columns: true }) as Record<string, string>[]

// Ids as applications have them, some of which a spreadsheet would take for a formula.
const IDS: Record<string, string> = {
  ada: 'u-ada',
  ben: '=HYPERLINK("http://evil.example","ben")',
  cyd: '-2+3',
  dan: "'quoted, with a comma",
  eve: '@SUM(A1)',
  gus: "'=quoted already",
}

/** The same people, the same groups. */
async function hire(one: Staff): Promise<void> {
  await one.hireAll([...Object.keys(IDS), 'ada2', 'flo'], 1)
  for (const who of ['ada', 'ben', 'flo']) await one.join('=ops', who, 2)
  await one.fire('eve', 3)
}

test('what was exported and is imported again changes nothing, not even a time', async () => {
  const one = staff(app, key, 'back')
  await one.mapRole('=ops', 'operator')
  await hire(one)
  for (const [who, externalId] of Object.entries(IDS)) await one.run(Link, { directoryUserId: one.id(who), externalId })
  await one.run(Link, { directoryUserId: one.id('ada2'), externalId: IDS.ada })
  await one.grant((await one.account('cyd')).id, 'auditor')
  const before = Object.fromEntries(
    await Promise.all(KINDS.map(async (what) => [what, await exported(app, key, what)])),
  )
  const kinds = async () =>
    (await app.db.pool.query('select id, account_id, link_kind::text from directory_user order by id')).rows
  const linked = await kinds()
  const said = await one.changes()

  const { data } = await upload(app.url, before.links as string, { headers: { authorization: `Bearer ${key}` } })
  expect(data!.importUserLinks).toMatchObject({ imported: true, rows: 7, unchanged: 7, problemCount: 0 })
  for (const what of KINDS) expect(await exported(app, key, what)).toBe(before[what])
  expect(await kinds()).toEqual(linked)
  expect(await one.changes()).toEqual(said)
})

test('what was exported here is imported elsewhere, and is there the same', async () => {
  const credential = await other.key()
  await hire(staff(other, credential, 'back'))
  const links = await exported(app, key, 'links')
  const { data } = await upload(other.url, links, { headers: { authorization: `Bearer ${credential}` } })
  expect(data!.importUserLinks).toMatchObject({ imported: true, rows: 7, problemCount: 0 })
  expect(await exported(other, credential, 'links')).toBe(links)
  const people = async (from: TestApp, of: string) =>
    table(await exported(from, of, 'members')).map(({ directory_user_id, group_id, user_id, state }) => ({
      directory_user_id,
      group_id,
      user_id,
      state,
    }))
  expect(await people(other, credential)).toEqual(await people(app, key))
})

test('a table has a row for each, and no spreadsheet takes any of it for a formula', async () => {
  const links = table(await exported(app, key, 'links'))
  const ids = [...Object.values(IDS), 'u-ada'].map((id) => (/^'*[=@+-]/.test(id) ? `'${id}` : id))
  expect(links.map(({ user_id }) => user_id!).sort()).toEqual(ids.sort())
  expect(table(await exported(app, key, 'groups'))).toMatchObject([{ name: "'=ops" }])
  expect(table(await exported(app, key, 'mappings'))).toMatchObject([{ value: "'=ops", role: 'operator' }])
  expect(table(await exported(app, key, 'members')).map(({ email }) => email!.split('@')[0])).toEqual(['ada', 'ben', 'flo']) // oxfmt-ignore
  const grants = table(await exported(app, key, 'grants'))
  expect(grants.map(({ role, kind }) => `${role} ${kind}`).sort()).toEqual(['auditor DIRECT', ...Array<string>(3).fill('operator MAPPING')]) // oxfmt-ignore
  for (const what of KINDS)
    for (const row of parse(await exported(app, key, what)))
      for (const cell of row) expect(cell).not.toMatch(/^[=+@\t\r-]/)
})

test('an export is of who may read it, and of their own organization', async () => {
  const two = staff(app, key, 'elsewhere')
  await two.hire('zoe', 1)
  await two.run(Link, { directoryUserId: two.id('zoe'), externalId: 'u-zoe' })
  const bound = await app.key(two.organizationId)
  expect(table(await exported(app, bound, 'links'))).toEqual([{ user_id: 'u-zoe', directory_user_id: two.id('zoe') }])
  for (const what of KINDS) expect(await exported(app, bound, what)).not.toMatch(/back/)
  expect(table((await get(app, key, `what=links&organizationId=${two.organizationId}`)).text)).toHaveLength(1)
  expect((await get(app, bound, 'what=links&organizationId=org_back')).status).toBe(403)
  expect((await get(app, bound, 'what=links&organizationId=org_none')).status).toBe(403)
  expect((await get(app, key, 'what=links&organizationId=org_none')).status).toBe(404)
  expect((await get(app, await app.key(null, ['accounts:write']), 'what=links')).status).toBe(403)
  expect((await get(app, 'nonsense', 'what=links')).status).toBe(401)
  expect((await get(app, key, 'what=secrets')).status).toBe(400)
})

// Whatever may be somebody's id by one way may be it by the others: else what was exported could not be imported again.
const ODD: [string, string, boolean][] = [
  ['200 characters', 'x'.repeat(200), true],
  ['201 characters', 'x'.repeat(201), false],
  ['what stands for broken bytes', 'jos\ufffd', false],
  ['a control character', 'a\u0007b', false],
  ['a space of no width', '\u200bu', true],
  ['two halves of a character', 'u😀', true],
]
test.for(ODD)('an id of %s is or is not one, whichever way it comes', async ([what, externalId, fits]) => {
  const one = staff(app, key, `odd${ODD.findIndex(([first]) => first === what)}`)
  await one.hireAll(['ada', 'ben'], 1)
  const { linkUser } = await one.run(Link, { directoryUserId: one.id('ada'), externalId })
  const csv = `user_id,directory_user_id\n${externalId},${one.id('ben')}\n`
  const { importUserLinks } = await one.run(Import, { csv, dryRun: true })
  const { upsertUsers } = await one.run(Upsert, { organizationId: one.organizationId, users: [{ externalId }] })
  expect([linkUser.__typename, importUserLinks, upsertUsers.__typename]).toMatchObject(
    fits
      ? ['User', { problemCount: 0 }, 'UpsertedUsers']
      : ['ValidationError', { problems: [{ line: 2, kind: 'INVALID_USER_ID' }] }, 'ValidationError'],
  )
})

test.for([
  'organization=org_a',
  'organization_id=org_a',
  'organizationId=org_a&organizationId=org_b',
  'what=roles',
  'x',
])('a parameter that is not known, or given twice, is refused instead of ignored: %s', async (more) => {
  const { status, text } = await get(app, key, `what=accounts&${more}`)
  expect([status, text]).toEqual([
    400,
    expect.stringContaining('must be one of what, format, organizationId, given once'),
  ])
})
