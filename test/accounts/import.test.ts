// Links by the list: what linkUser does one after the other, for all rows or for none.
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lockOrganizations } from '../../src/accounts/lock-organizations.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import type { ImportMutation } from '../../src/generated/operations/graphql.ts'
import { lockDirectory } from '../../src/db/lock-directories.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { query } from '../support/client.ts'
import { AccountChanges, Disable, Import, Link } from './operations.ts'
import { staff, type Staff } from './staff.ts'
import { upload } from './upload.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp({ env: { IMPORT_MAX_BODY_BYTES: '200000', GRAPHQL_MAX_BODY_BYTES: '20000' } })
  key = await app.key()
})
afterAll(() => app.close())

let one: Staff
let tests = 0
beforeEach(() => {
  tests += 1
  one = staff(app, key, `i${tests}`)
})

type Imported = Extract<ImportMutation['importUserLinks'], { __typename: 'UserLinkImport' }>

const csvOf = (rows: readonly (readonly [string, string])[]) =>
  ['user_id,directory_user_id', ...rows.map((row) => row.join(','))].join('\n')

async function imported(csv: string, dryRun: boolean, reportAfterLine?: number): Promise<Imported> {
  const { importUserLinks } = await one.run(Import, { csv, dryRun, ...(reportAfterLine !== undefined && { reportAfterLine }) }) // oxfmt-ignore
  if (importUserLinks.__typename !== 'UserLinkImport') throw new Error(JSON.stringify(importUserLinks))
  return importUserLinks
}

test('a dry run says row by row what would become of it, and the import does that', async () => {
  const known = await one.register('u-ada')
  for (const who of ['ada', 'ben', 'cy', 'dan', 'eve', 'flo']) await one.hire(who, 1)
  await one.run(Link, { directoryUserId: one.id('cy'), externalId: 'u-cy' })
  await one.run(Link, { directoryUserId: one.id('dan'), externalId: 'u-dan-before' })
  const gone = await one.register('u-gone')
  await one.fire('eve', 2)
  const made = await Promise.all(['ada', 'flo', 'eve'].map(async (name) => (await one.account(name)).id))
  const before = await one.changes()
  const csv = csvOf([
    ['u-ada', one.id('ada')],
    ['u-ben', one.id('ben')],
    ['u-cy', one.id('cy')],
    ['u-dan', one.id('dan')],
    ['u-gone', one.id('eve')],
    ['u-ben', one.id('flo')],
  ])
  const counts = {
    rows: 6,
    linked: 3,
    named: 1,
    created: 1,
    unchanged: 1,
    deleted: 3,
    deactivated: 1,
    problemCount: 0,
    settling: 0,
  }
  const outcomes = ['LINKED', 'NAMED', 'UNCHANGED', 'CREATED', 'LINKED', 'LINKED']
  const dry = await imported(csv, true)
  expect(dry).toMatchObject({ dryRun: true, imported: false, ...counts, problems: [] })
  expect(dry.report.map(({ line, outcome }) => [line, outcome])).toEqual(outcomes.map((outcome, n) => [n + 2, outcome]))
  expect((await imported(csv, true, 5)).report.map(({ line }) => line)).toEqual([6, 7])
  expect(await one.changes()).toEqual(before)

  expect(await imported(csv, false)).toMatchObject({ dryRun: false, imported: true, ...counts })
  expect(await one.account('ada')).toMatchObject({ id: known, state: 'ACTIVE' })
  expect(await one.account('eve')).toMatchObject({ id: gone, state: 'INACTIVE' })
  for (const [who, externalId] of [
    ['ben', 'u-ben'],
    ['cy', 'u-cy'],
    ['dan', 'u-dan'],
    ['flo', 'u-ben'],
  ] as const)
    expect((await one.account(who)).externalId).toBe(externalId)
  const { changes } = await one.run(AccountChanges, { filter: { organizationId: one.organizationId, kinds: ['USER_LINKED'] } }) // oxfmt-ignore
  const linked = changes.nodes.slice(-4)
  expect(linked.map((change) => 'directoryUser' in change && change.directoryUser?.id)).toEqual(
    ['ada', 'dan', 'eve', 'flo'].map((name) => one.id(name)),
  )
  for (const { actor, source } of linked)
    expect([actor, source]).toEqual([expect.stringMatching(/^api_key_/), 'MUTATION'])
  // Access by what was made for them ends, where it had not before.
  const ends = await Promise.all(made.map(async (id) => (await one.changes(id)).slice(1)))
  expect(ends).toEqual(made.map(() => ['DEACTIVATED', 'DELETED']))
  // Once more, it is all there already.
  expect(await imported(csv, false)).toMatchObject({ imported: true, unchanged: 6, linked: 0, deleted: 0 })
})

test('who loses the last active identity by it is counted, and who loses all of them or keeps one is not', async () => {
  for (const who of ['ada', 'inactive', 'ben', 'ben2', 'cy', 'dan']) await one.hire(who, 1)
  const links = [
    ['ada', 'u-ada'],
    ['inactive', 'u-ada'],
    ['ben', 'u-ben'],
    ['ben2', 'u-ben'],
    ['cy', 'u-cy'],
  ] as const
  for (const [who, externalId] of links) await one.run(Link, { directoryUserId: one.id(who), externalId })
  await one.update('inactive', 2, { state: 'inactive' })
  const before = await Promise.all(['ada', 'ben', 'cy'].map(async (who) => (await one.account(who)).id))
  const csv = csvOf(['ada', 'ben', 'cy', 'dan'].map((who) => [`u-new-${who}`, one.id(who)]))
  const counts = { created: 3, named: 1, deleted: 0, deactivated: 1 }
  expect(await imported(csv, true)).toMatchObject(counts)
  expect(await imported(csv, false)).toMatchObject({ imported: true, ...counts })
  const states = await Promise.all(before.map(async (id) => (await one.byId(id)).state))
  expect(states).toEqual(['INACTIVE', 'ACTIVE', 'ACTIVE'])
})

test('one row that cannot be, and nothing is written; each is told with its line', async () => {
  for (const who of ['ada', 'ben']) await one.hire(who, 1)
  await app.db.pool.query(`update directory_user set organization_id = null where id = $1`, [one.id('ben')])
  const before = await one.changes()
  const csv = csvOf([
    ['u-ada', one.id('ada')],
    ['u-again', one.id('ada')],
    ['u-none', 'directory_user_none'],
    ['', one.id('ada')],
    ['x'.repeat(201), one.id('ada')],
    ['u-ben', one.id('ben')],
    ['u-short', ''],
  ])
  const result = await imported(`${csv}\nu-alone\n`, false)
  expect(result).toMatchObject({ imported: false, rows: 8, problemCount: 7 })
  expect(result.problems.map(({ line, kind }) => [line, kind])).toEqual([
    [3, 'REPEATED'],
    [4, 'UNKNOWN_DIRECTORY_USER'],
    [5, 'INVALID_USER_ID'],
    [6, 'INVALID_USER_ID'],
    [7, 'UNKNOWN_ORGANIZATION'],
    [8, 'MALFORMED'],
    [9, 'MALFORMED'],
  ])
  expect(result.problems[0]!.message).toBe(`${one.id('ada')} is already on line 2`)
  expect(await one.changes()).toEqual(before)
  expect((await one.account('ada')).externalId).toBeNull()
})

test('a key of an organization waits for nobody elsewhere, and keeps nobody there waiting, whomever its list names', async () => {
  const other = staff(app, key, `i${tests}-elsewhere`)
  await one.hire('ada', 1)
  await other.hire('ben', 1)
  const csv = csvOf([
    ['u-ada', one.id('ada')],
    ['u-ben', other.id('ben')],
  ])
  await inTransaction(app.db.pool, async (tx) => {
    await lockDirectory(tx, other.directoryId)
    await lockOrganizations(tx, [other.organizationId])
    const { importUserLinks } = await query(app.url, await app.key(one.organizationId), Import, { csv, dryRun: false })
    expect(importUserLinks).toMatchObject({ imported: false, problems: [{ line: 3, kind: 'UNKNOWN_DIRECTORY_USER' }] })
  })
})

test('a row that is no CSV is told with the line it begins on, like the rows before it, however short the file', async () => {
  for (const who of ['ada', 'ben']) await one.hire(who, 1)
  const rows = [
    `u-ada,${one.id('ada')},"two\r\nlines"`,
    '',
    `u-none,directory_user_none,"two\nmore"`,
    `"u-"ben,${one.id('ben')},`,
  ]
  const result = await imported(['user_id,directory_user_id,note', ...rows].join('\n'), false)
  expect(result).toMatchObject({ imported: false, rows: 3, problemCount: 2 })
  expect(result.report.map(({ line }) => line)).toEqual([2])
  expect(result.problems.map(({ line, kind }) => [line, kind])).toEqual([
    [5, 'UNKNOWN_DIRECTORY_USER'],
    [7, 'MALFORMED'],
  ])
})

describe('what is no list of links is refused', () => {
  const refused: [string, Record<string, unknown>, RegExp][] = [
    ['neither text nor file', {}, /one of file and csv/],
    ['an empty text', { csv: '' }, /is empty/],
    ['another header', { csv: 'a,b\n1,2' }, /must begin with the line user_id,directory_user_id/],
    ['no CSV', { csv: '"user_id' }, /is not valid CSV/],
  ]
  test.for(refused)('%s', async ([, variables, message]) => {
    const { importUserLinks } = await one.run(Import, { dryRun: true, ...variables })
    expect(importUserLinks).toMatchObject({ __typename: 'ValidationError', message: expect.stringMatching(message) as string }) // oxfmt-ignore
  })

  test.for([
    ['', 'is empty'],
    ['a,b\n1,2', 'must begin with the line user_id,directory_user_id'],
    ['"user_id', 'is not valid CSV: see line 1'],
  ] as const)('and the issue names what it was given as: %j', async ([given, message]) => {
    const { importUserLinks } = await one.run(Import, { csv: given, dryRun: true })
    expect(importUserLinks).toMatchObject({ issues: [{ path: ['input', 'csv'], message }] })
    const { data } = await upload(app.url, given, { headers: { authorization: `Bearer ${key}` } })
    expect(data!.importUserLinks).toMatchObject({ issues: [{ path: ['input', 'file'], message }] })
  })

  test('more rows than an import may have', async () => {
    const other = await startTestApp({ connectionString: app.connectionString })
    const rows = Array.from({ length: 100_001 }, (_, n) => `u${n},d${n}`)
    const { data } = await upload(other.url, ['user_id,directory_user_id', ...rows].join('\n'), {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(data?.importUserLinks).toMatchObject({
      __typename: 'ValidationError',
      message: expect.stringContaining('100,000 rows') as string,
    })
    await other.close()
  })
})

test('a file is read as spreadsheets write it, and what an export has defused is made whole', async () => {
  for (const who of ['ada', 'ben']) await one.hire(who, 1)
  const file = `\uFEFF"Directory_User_Id",note,User_ID\r\n${one.id('ada')},"a, ""b""",'=cmd|1\r\n\r\n${one.id('ben')},,"'-5"\r\n`
  const { data } = await upload(app.url, file, { headers: { authorization: `Bearer ${key}` } })
  expect(data?.importUserLinks).toMatchObject({ imported: true, rows: 2, named: 2 })
  expect(await one.account('ada')).toMatchObject({ externalId: '=cmd|1' })
  expect(await one.account('ben')).toMatchObject({ externalId: '-5' })
})

test('a file in another encoding makes nobody of two people one: its broken ids are problems, each with its line', async () => {
  for (const who of ['ada', 'ben']) await one.hire(who, 1)
  const file = Buffer.from(`user_id,directory_user_id\njos\xe9,${one.id('ada')}\njos\xe8,${one.id('ben')}\n`, 'latin1')
  const { data } = await upload(app.url, new Blob([file]), { headers: { authorization: `Bearer ${key}` } })
  expect(data?.importUserLinks).toMatchObject({ imported: false, problemCount: 2 })
  expect((data!.importUserLinks as Imported).problems.map(({ line, kind }) => [line, kind])).toEqual([
    [2, 'INVALID_USER_ID'],
    [3, 'INVALID_USER_ID'],
  ])
  expect((await one.account('ada')).id).not.toBe((await one.account('ben')).id)
})

test('an upload has a limit of its own, and needs what a foreign page cannot send', async () => {
  const headers = { authorization: `Bearer ${key}` }
  const rows = (count: number) => csvOf(Array.from({ length: count }, (_, n) => [`u${n}`, `directory_user_${n}`]))
  const fits = await upload(app.url, rows(2_000), { headers })
  expect(fits.data?.importUserLinks).toMatchObject({ problemCount: 2_000 })
  expect((fits.data!.importUserLinks as Imported).problems).toHaveLength(1_000)
  expect(await upload(app.url, rows(10_000), { headers })).toMatchObject({ status: 413 })
  // As a text in JSON, as much as a file for who is known.
  const paste = (count: number, given: Record<string, string>) =>
    fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...given, 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'mutation ($csv: String) { importUserLinks(input: { csv: $csv }) { ... on UserLinkImport { problemCount } } }',
        variables: { csv: rows(count) },
      }),
    })
  expect(await (await paste(2_000, headers)).json()).toEqual({ data: { importUserLinks: { problemCount: 2_000 } } })
  expect((await paste(10_000, headers)).status).toBe(413)
  const refused = await paste(2_000, {})
  expect(refused.status).toBe(413)
  expect(await refused.json()).toMatchObject({
    errors: [{ message: 'The body must be at most 20000 bytes, or 200000 for a file or an inline list' }],
  })
  expect(await upload(app.url, rows(1), {})).toMatchObject({
    status: 400,
    errors: [{ message: expect.stringContaining('GraphQL-Require-Preflight') as string }],
  })
  expect(
    (await upload(app.url, rows(1), { headers: { 'graphql-require-preflight': '1' } })).errors![0]!.extensions,
  ).toEqual({ code: 'UNAUTHENTICATED' })
})

test('a file is not read from strangers, and of who may not import it takes no more than another request', async () => {
  const reader = { authorization: `Bearer ${await app.key(null, ['directory:read'])}` }
  const longer = csvOf(Array.from({ length: 1_000 }, (_, n) => [`u${n}`, `directory_user_${n}`]))
  expect(await upload(app.url, longer, { headers: reader })).toMatchObject({
    status: 413,
    errors: [{ message: 'The body must be at most 20000 bytes' }],
  })
  for (const headers of [{ authorization: 'Bearer rk_wrong' }, { 'graphql-require-preflight': '1' }]) {
    const sent = request(`${app.url}/graphql`, {
      method: 'POST',
      agent: false,
      headers: { ...headers, accept: 'application/json', 'content-type': 'multipart/form-data; boundary=x' },
    })
    sent.on('error', () => {}) // the server may hang up
    sent.write('--x\r\n') // and no more
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(await text(response)).toContain('"UNAUTHENTICATED"')
    expect(response.headers.connection).toBe('close')
    sent.destroy()
  }
})

test('somebody who gets another id stays the user of AuthKit that they are, and stays disabled', async () => {
  await one.hire('ada', 1)
  await one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-1', workosUserId: `user_import${tests}` })
  const before = await one.account('ada')
  await one.run(Disable, { userId: before.id, reason: 'under investigation' })
  await imported(csvOf([['u-2', one.id('ada')]]), false)
  const after = await one.account('ada')
  expect(after).toMatchObject({ externalId: 'u-2', workosUserId: `user_import${tests}`, state: 'INACTIVE' })
  expect(await one.byId(before.id)).toMatchObject({ externalId: 'u-1', workosUserId: null })
  const told = async (userId: string) => {
    const { changes } = await one.run(AccountChanges, { filter: { userId } })
    return changes.nodes
      .flatMap((change) =>
        'changedFields' in change && change.changedFields.includes('workosUserId') ? [change.previous] : [],
      )
      .at(-1)
  }
  expect(await told(before.id)).toMatchObject({ workosUserId: `user_import${tests}` })
  expect(await told(after.id)).toEqual({ workosUserId: null })
})

test('a list comes to the same as its rows one after the other', async () => {
  const people = 5
  const row = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: people - 1 }))
  let runs = 0
  /** Who belongs together, by which id, in which state; the accounts' own ids do not matter. */
  const look = async (where: Staff) => {
    const { rows } = await app.db.pool.query<object>(
      `select a.external_id, case when count(u.id) > 0 then a.state::text end as state,
              array_agg(right(u.id, 1) order by u.id) filter (where u.id is not null) as who
       from account a left join directory_user u on u.account_id = a.id
       where a.organization_id = $1 group by a.id order by 1, 2, 3`,
      [where.organizationId],
    )
    return rows
  }
  /**
   * Whom nobody belongs to. One row after the other, the last who leaves may be one who was not let in: a list is one
   * act.
   */
  const alone = async (where: Staff) => {
    const { rows } = await app.db.pool.query<{ id: string; state: string }>(
      `select a.external_id as id, a.state::text from account a
       where a.organization_id = $1 and a.state <> 'DELETED' and not exists (select from directory_user u where u.account_id = a.id)`,
      [where.organizationId],
    )
    return rows
  }
  const statesOf = async (where: Staff) => {
    const { rows } = await app.db.pool.query<{ id: string; state: string }>(
      'select external_id as id, state::text from account where organization_id = $1',
      [where.organizationId],
    )
    return new Map(rows.map(({ id, state }) => [id, state]))
  }
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(row, { selector: ([, who]) => who, maxLength: people }),
      fc.uniqueArray(row, { selector: ([, who]) => who, maxLength: people }),
      fc.uniqueArray(fc.constantFrom('a', 'b')),
      async (before, links, registered) => {
        runs += 1
        const both = [`p${tests}x${runs}`, `p${tests}y${runs}`].map((name) => staff(app, key, name))
        const everybody = Array.from({ length: people }, (_, n) => String(n))
        for (const where of both) {
          await where.hireAll(everybody, 1)
          await where.update('4', 2, { state: 'inactive' })
          for (const externalId of registered) await where.register(externalId)
          for (const [externalId, who] of before) await where.run(Link, { directoryUserId: where.id(String(who)), externalId }) // oxfmt-ignore
        }
        const [together, apart] = both as [Staff, Staff]
        const states = await statesOf(together)
        await imported(csvOf(links.map(([externalId, who]) => [externalId, together.id(String(who))])), false)
        for (const { id, state } of await alone(together)) expect([id, state]).toEqual([id, states.get(id)])
        for (const [externalId, who] of links) await apart.run(Link, { directoryUserId: apart.id(String(who)), externalId }) // oxfmt-ignore
        expect(await look(together)).toEqual(await look(apart))
      },
    ),
    {
      numRuns: process.env.LONG_TESTS === undefined ? 8 : 500,
      // An account that has nobody for as long as one row takes.
      examples: [[[['a', 4]], [['c', 4], ['a', 0]], []]], // oxfmt-ignore
    },
  )
})
