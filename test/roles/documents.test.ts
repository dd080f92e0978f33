// docs/roles.md: what it says is so.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CreateRoleMappingInput } from '../../src/generated/operations/graphql.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

let app: TestApp
let admin: Administrator
let acme: People
beforeAll(async () => {
  app = await startTestApp()
  const key = await app.key()
  admin = administrator(app, key)
  acme = await people(app, key, 'acme')
})
afterAll(() => app.close())

test('each row of the table gives its roles to whom it says, and to nobody else', async () => {
  const rows = [...(await read('docs/roles.md')).matchAll(/^\| [^|]* \| `([A-Z_]+)` (.*?) \| (.*?) \|$/gm)]
  const texts = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
  const mappings = rows.map(([, match, looked, roles]) => {
    const [first, second] = texts(looked!)
    const named = match === 'ATTRIBUTE_EQUALS' ? { attribute: first!, value: second! } : { value: first! }
    return { match, ...named, roles: texts(roles!) } as CreateRoleMappingInput
  })
  expect(mappings).toHaveLength(6)
  const who: Record<string, Record<string, unknown>> = {
    ada: {},
    ben: {},
    cyd: {},
    dan: {},
    eve: { custom_attributes: { department_name: 'Finance' } },
    flo: { custom_attributes: { department_name: 'Sales', level: 7 } },
  }
  for (const [name, fields] of Object.entries(who)) await acme.hire(name, { custom_attributes: {}, ...fields })
  const groups = { ada: 'Engineering', ben: 'Eng Leads', cyd: 'support us', dan: 'Whatever' }
  for (const [name, group] of Object.entries(groups)) {
    await acme.found(group, group)
    await acme.join(group, name)
  }
  for (const slug of new Set(mappings.flatMap(({ roles }) => roles))) done(await admin.createRole({ slug, name: slug }))
  for (const mapping of mappings) {
    const value = mapping.match === 'GROUP_ID' ? acme.groupId('Whatever') : mapping.value
    done(await admin.createMapping({ ...mapping, value, organizationId: acme.organizationId }))
  }
  expect(await acme.roles()).toEqual({
    ada: ['api-access', 'developer'],
    ben: ['developer'],
    cyd: ['support'],
    dan: ['billing'],
    eve: ['billing'],
    flo: ['approver'],
  })
})

test('of two reasons for a role one may go, and the role stays until the other one does', async () => {
  const reasons = async () =>
    (await acme.person('ada')).roleAssignments.find(({ role }) => role.slug === 'developer')?.grants.length ?? 0
  await acme.join('Eng Leads', 'ada')
  expect(await reasons()).toBe(3)
  await acme.quit('Eng Leads', 'ada')
  expect(await reasons()).toBe(2)
  await acme.quit('Engineering', 'ada')
  expect((await acme.roles()).ada).toEqual([])
})
