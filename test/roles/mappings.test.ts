import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CreateRoleMappingInput } from '../../src/generated/operations/graphql.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, user } from '../support/events.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
  for (const slug of ['developer', 'api-access', 'admin', 'billing']) await admin.createRole({ slug, name: slug })
})
afterAll(() => app.close())

let runs = 0
let acme: People
beforeEach(async () => {
  runs += 1
  acme = await people(app, key, `acme${runs}`)
  await acme.hire('ada', { custom_attributes: { department_name: 'Finance', level: 7 } })
  await acme.hire('ben', { custom_attributes: { department_name: 'Sales', level: 3 } })
  await acme.found('eng', 'Engineering')
  await acme.found('ops', 'Engineering Ops')
  await acme.join('eng', 'ada')
  await acme.join('ops', 'ben')
})

const own = () => ({ organizationId: acme.organizationId })

describe('a new mapping holds at once for those who are there', () => {
  test('by the exact name of a group, with several roles', async () => {
    const input: CreateRoleMappingInput = {
      ...own(),
      match: 'NAME_EQUALS',
      value: 'Engineering',
      roles: ['developer', 'api-access'],
    }
    const mapping = done(await admin.createMapping(input))
    expect(mapping).toMatchObject({
      value: 'Engineering',
      organization: { id: acme.organizationId },
      directory: null,
      roles: [{ slug: 'developer' }, { slug: 'api-access' }],
      matchedGroups: [{ name: 'Engineering' }],
      matchedGroupCount: 1,
    })
    expect(await acme.roles()).toEqual({ ada: ['api-access', 'developer'], ben: [] })
  })

  test('by a prefix, by a pattern, by an id and by the value of an attribute', async () => {
    const mapping = async (
      match: 'NAME_PREFIX' | 'NAME_REGEX' | 'GROUP_ID' | 'ATTRIBUTE_EQUALS',
      value: string,
      role: string,
      attribute?: string,
    ) => done(await admin.createMapping({ ...own(), match, value, roles: [role], ...(attribute && { attribute }) }))
    await mapping('NAME_PREFIX', 'Engineering', 'developer')
    await mapping('NAME_REGEX', '(?i)ops$', 'admin')
    const byId = await mapping('GROUP_ID', acme.groupId('ops'), 'api-access')
    expect(byId.directory).toEqual({ id: acme.directoryId })
    await mapping('ATTRIBUTE_EQUALS', 'Finance', 'billing', 'department')
    expect(await acme.roles()).toEqual({ ada: ['billing', 'developer'], ben: ['admin', 'api-access', 'developer'] })
    await mapping('ATTRIBUTE_EQUALS', '3', 'billing', 'level')
    expect((await acme.roles()).ben).toEqual(['admin', 'api-access', 'billing', 'developer'])
  })

  test('and for those who come, leave, are renamed or described otherwise later', async () => {
    const byName: CreateRoleMappingInput = {
      ...own(),
      match: 'NAME_EQUALS',
      value: 'Engineering',
      roles: ['developer'],
    }
    done(await admin.createMapping(byName))
    const byAttribute: CreateRoleMappingInput = {
      ...own(),
      match: 'ATTRIBUTE_EQUALS',
      attribute: 'department',
      value: 'Finance',
      roles: ['billing'],
    }
    done(await admin.createMapping(byAttribute))
    await acme.join('eng', 'ben')
    await acme.quit('eng', 'ada')
    await acme.hire('ben', { custom_attributes: { department_name: 'Finance' } })
    expect(await acme.roles()).toEqual({ ada: ['billing'], ben: ['billing', 'developer'] })
    await acme.found('eng', 'Platform')
    await acme.found('ops', 'Engineering')
    expect(await acme.roles()).toEqual({ ada: ['billing'], ben: ['billing', 'developer'] })
    await acme.quit('ops', 'ben')
    expect((await acme.roles()).ben).toEqual(['billing'])
  })
})

test('a mapping by attribute follows what provider a directory turns out to be of', async () => {
  const own = { directory_id: `directory_late${runs}`, organization_id: acme.organizationId }
  const connected = (type: string) => directory({ id: own.directory_id, organization_id: acme.organizationId, type })
  await admin.createMapping({
    organizationId: acme.organizationId,
    match: 'ATTRIBUTE_EQUALS',
    attribute: 'department',
    value: 'Finance',
    roles: ['admin'],
  })
  // Somebody of whose directory nothing is known yet, with attributes where that provider has them.
  const eve = user(`late${runs}`, {
    ...own,
    custom_attributes: {},
    raw_attributes: { work: { department: 'Finance' } },
  })
  const held = async () => {
    await app.applied()
    const { rows } = await app.db.pool.query<{ slug: string }>(
      `select r.slug from role_grant g join role r on r.id = g.role_id join directory_user u on u.account_id = g.account_id
       where u.id = $1 and g.visible`,
      [eve.id],
    )
    return rows.map(({ slug }) => slug)
  }
  await acme.tell('dsync.user.created', eve)
  expect(await held()).toEqual([])
  await acme.tell('dsync.activated', connected('hibob'))
  expect(await held()).toEqual(['admin'])
  await acme.tell('dsync.activated', connected('bamboohr'))
  expect(await held()).toEqual([])
})

test('a mapping holds in its directory, its organization, or everywhere', async () => {
  const other = await people(app, key, `other${runs}`)
  await other.hire('cyd')
  await other.found('eng', 'Engineering')
  await other.join('eng', 'cyd')
  const input = { match: 'NAME_EQUALS', value: 'Engineering' } as const
  const everywhere = done(await admin.createMapping({ ...input, roles: ['developer'] }))
  expect(everywhere).toMatchObject({ organization: null, directory: null })
  done(await admin.createMapping({ ...input, ...own(), roles: ['admin'] }))
  const inDirectory = await admin.createMapping({ ...input, directoryId: other.directoryId, roles: ['billing'] })
  // Who sees it is decided by its organization: it is the directory's.
  expect(done(inDirectory)).toMatchObject({ organization: { id: other.organizationId }, directory: { id: other.directoryId } }) // oxfmt-ignore
  expect((await acme.roles()).ada).toEqual(['admin', 'developer'])
  expect((await other.roles()).cyd).toEqual(['billing', 'developer'])
  await admin.deleteMapping({ id: everywhere.id, confirm: true })
})

test('a mapping that looks for something else, elsewhere, or grants other roles takes and gives at once', async () => {
  const input: CreateRoleMappingInput = { ...own(), match: 'NAME_EQUALS', value: 'Engineering', roles: ['developer'] }
  const { id } = done(await admin.createMapping(input))
  expect(await acme.roles()).toEqual({ ada: ['developer'], ben: [] })
  done(await admin.updateMapping({ id, value: 'Engineering Ops' }))
  expect(await acme.roles()).toEqual({ ada: [], ben: ['developer'] })
  done(await admin.updateMapping({ id, match: 'NAME_PREFIX', value: 'Eng', roles: ['admin', 'billing'] }))
  expect(await acme.roles()).toEqual({ ada: ['admin', 'billing'], ben: ['admin', 'billing'] })
  const other = await people(app, key, `elsewhere${runs}`)
  expect(done(await admin.updateMapping({ id, organizationId: other.organizationId })).matchedGroups).toEqual([])
  expect(await acme.roles()).toEqual({ ada: [], ben: [] })
})

test('a mapping by which somebody has a role alone is deleted only by who knows it', async () => {
  const input: CreateRoleMappingInput = { ...own(), match: 'NAME_PREFIX', value: 'Eng', roles: ['developer', 'admin'] }
  const { id } = done(await admin.createMapping(input))
  await admin.createMapping({ ...own(), match: 'GROUP_ID', value: acme.groupId('eng'), roles: ['developer', 'admin'] })
  expect(await admin.deleteMapping({ id })).toMatchObject({
    __typename: 'InUseError',
    message: '1 account would lose a role: confirm to proceed',
    userCount: 1,
    users: [{ id: await acme.accountId('ben') }],
    mappingCount: 0,
  })
  expect((await acme.roles()).ben).toEqual(['admin', 'developer'])
  expect(done(await admin.deleteMapping({ id, confirm: true }))).toMatchObject({ id, roles: [{ slug: 'developer' }, { slug: 'admin' }] }) // oxfmt-ignore
  expect(await acme.roles()).toEqual({ ada: ['admin', 'developer'], ben: [] })
  expect((await admin.deleteMapping({ id, confirm: true })).__typename).toBe('NotFoundError')

  const idle = done(await admin.createMapping({ ...own(), match: 'NAME_EQUALS', value: 'nobody', roles: ['admin'] }))
  done(await admin.deleteMapping({ id: idle.id }))
})

test('what cannot be a mapping is refused, and says what is wrong with it', async () => {
  const valid: CreateRoleMappingInput = { ...own(), match: 'NAME_EQUALS', value: 'X', roles: ['admin'] }
  const refused = async (input: Partial<CreateRoleMappingInput>) => {
    const answer = await admin.createMapping({ ...valid, ...input })
    return answer.__typename === 'ValidationError' ? answer.issues.map(({ path }) => path.join('.')) : answer.__typename
  }
  expect(await refused({ value: '' })).toEqual(['input.value'])
  expect(await refused({ value: 'x'.repeat(501) })).toEqual(['input.value'])
  expect(await refused({ match: 'NAME_REGEX', value: '(' })).toEqual(['input.value'])
  expect(await refused({ match: 'NAME_REGEX', value: '(?<!a)b' })).toEqual(['input.value'])
  expect(await refused({ match: 'NAME_REGEX', value: '^support\b' })).toEqual(['input.value']) // a backspace
  expect(await refused({ match: 'GROUP_ID', value: 'directory_group_none' })).toEqual(['input.value'])
  expect(await refused({ match: 'ATTRIBUTE_EQUALS' })).toEqual(['input.attribute'])
  expect(await refused({ attribute: 'department' })).toEqual(['input.attribute'])
  expect(await refused({ roles: [] })).toEqual(['input.roles'])
  expect(await refused({ roles: ['admin', 'no-such', 'role_none'] })).toEqual(['input.roles.1', 'input.roles.2'])
  expect(await refused({ directoryId: 'directory_none' })).toBe('NotFoundError')
  expect(await refused({ organizationId: 'org_none' })).toBe('NotFoundError')
  const other = await people(app, key, `foreign${runs}`)
  expect(await refused({ directoryId: other.directoryId })).toEqual(['input.organizationId'])
  expect(await refused({})).toBe('RoleMapping')
  expect(await refused({})).toBe('ConflictError') // another one that looks for the same in the same place
})

test.each([
  ['(a', 'missing closing ): `(a`'],
  ['(?!a)b', 'invalid or unsupported Perl syntax: `(?!`'],
  ['[z-a]', 'invalid character class range: `z-a`'],
])('a pattern that RE2 does not take is refused with what is wrong in it: %s', async (value, why) => {
  expect(await admin.createMapping({ ...own(), match: 'NAME_REGEX', value, roles: ['admin'] })).toMatchObject({
    issues: [{ path: ['input', 'value'], message: `is not a valid RE2 pattern: ${why}` }],
  })
})

describe('no pattern and no name can hold the server up', () => {
  const long = 'a'.repeat(500)
  test('a pattern that would take long is refused', async () => {
    const from = performance.now()
    const slow = ['(a{1000}){1000}', String.raw`\pL{1000}`, `(${'a?'.repeat(200)})${'a'.repeat(90)}`, '('.repeat(501)]
    for (const value of slow) {
      const answer = await admin.createMapping({ ...own(), match: 'NAME_REGEX', value, roles: ['admin'] })
      expect(answer.__typename).toBe('ValidationError')
    }
    expect(performance.now() - from).toBeLessThan(5_000)
  })

  test('a pattern that ruins other engines is done in no time, on long names too', async () => {
    await acme.found('long', `${long.slice(1)}!`)
    await acme.found('longer', `${long}!`)
    const from = performance.now()
    for (const value of ['^(a+)+$', '^(a|aa)+$', '^(a?){50}a{50}$', '(.*a){12}!$'])
      done(await admin.createMapping({ ...own(), match: 'NAME_REGEX', value, roles: ['admin'] }))
    expect(performance.now() - from).toBeLessThan(5_000)
    // No pattern is tried on a name of more than 500 characters.
    const any = done(await admin.createMapping({ ...own(), match: 'NAME_REGEX', value: 'a!$', roles: ['admin'] }))
    expect(any.matchedGroups.map(({ id }) => id)).toEqual([acme.groupId('long')])
  })
})
