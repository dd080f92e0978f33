// Law 6, as far as roles are concerned: leaving takes them at once, a return gives them back as they were.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, group } from '../support/events.ts'
import { administrator, done, type Administrator } from './administration.ts'
import { people, type People } from './people.ts'

let app: TestApp
let key: string
let admin: Administrator
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  admin = administrator(app, key)
  for (const slug of ['developer', 'admin', 'billing', 'told']) await admin.createRole({ slug, name: slug })
  done(await admin.createMapping({ match: 'NAME_PREFIX', value: 'Eng', roles: ['developer', 'admin'] }))
  done(await admin.createMapping({ match: 'ATTRIBUTE_EQUALS', attribute: 'department', value: 'Finance', roles: ['billing'] })) // oxfmt-ignore
})
afterAll(() => app.close())

let runs = 0
/** Somebody who has a role of each kind, and two reasons for one of them. */
async function somebody(): Promise<People> {
  runs += 1
  const acme = await people(app, key, `acme${runs}`)
  await acme.hire('ada', FIELDS)
  await acme.found('eng', 'Engineering')
  await acme.found('lead', 'Eng leads')
  await acme.join('eng', 'ada')
  await acme.join('lead', 'ada')
  done(await admin.grant({ userId: await acme.accountId('ada'), role: 'billing' }))
  expect(await acme.roles()).toEqual({ ada: ['admin', 'billing', 'developer', 'told'] })
  return acme
}
const FIELDS = { custom_attributes: { department_name: 'Finance' }, roles: [{ slug: 'told' }] }

type Person = Awaited<ReturnType<People['person']>>

interface Way {
  readonly way: string
  leave(acme: People): Promise<void>
  back(acme: People): Promise<void>
  /** What is to be after it as it was before. */
  lasting(person: Person): unknown
}

const everything = (person: Person) => person

const ways: Way[] = [
  {
    way: 'is deactivated',
    leave: (acme) => acme.hire('ada', { ...FIELDS, state: 'inactive' }),
    back: (acme) => acme.hire('ada', FIELDS),
    lasting: everything,
  },
  {
    way: 'is deleted',
    leave: (acme) =>
      acme.tell('dsync.user.deleted', {
        id: acme.userId('ada'),
        directory_id: acme.directoryId,
        idp_id: 'idp',
        state: 'inactive',
      }),
    back: (acme) => acme.hire('ada', FIELDS),
    lasting: everything,
  },
  {
    way: 'is gone with the whole directory',
    leave: (acme) => acme.tell('dsync.deleted', directory({ id: acme.directoryId, organization_id: acme.organizationId })), // oxfmt-ignore
    back: async (acme) => {
      await acme.tell('dsync.activated', directory({ id: acme.directoryId, organization_id: acme.organizationId }))
      await acme.hire('ada', FIELDS)
      await acme.found('eng', 'Engineering')
      await acme.found('lead', 'Eng leads')
    },
    // A group that was gone gives a new reason when it is back: all other reasons are the same.
    lasting: ({ roleAssignments }) =>
      roleAssignments.flatMap(({ grants }) => grants.filter(({ group }) => group === null)),
  },
]

test.for(ways)('whoever $way has no role any more, and back all that they had, since when they had it', async (how) => {
  const acme = await somebody()
  const before = await acme.person('ada')
  await how.leave(acme)
  expect(await acme.roles()).toEqual({ ada: [] })
  expect((await acme.person('ada')).roleAssignments).toEqual([])
  await how.back(acme)
  const after = await acme.person('ada')
  expect(after.roles).toEqual(before.roles)
  expect(how.lasting(after)).toEqual(how.lasting(before))
})

test('taking one of two reasons away takes no role, whichever it is', async () => {
  const acme = await somebody()
  const roles = async () => (await acme.roles()).ada
  await acme.quit('eng', 'ada')
  expect(await roles()).toEqual(['admin', 'billing', 'developer', 'told'])
  await acme.join('eng', 'ada')
  await acme.quit('lead', 'ada')
  expect(await roles()).toEqual(['admin', 'billing', 'developer', 'told'])
  done(await admin.revoke({ userId: await acme.accountId('ada'), role: 'billing' }))
  expect(await roles()).toEqual(['admin', 'billing', 'developer', 'told'])
  done(await admin.grant({ userId: await acme.accountId('ada'), role: 'billing' }))
  await acme.hire('ada', { ...FIELDS, custom_attributes: {} })
  expect(await roles()).toEqual(['admin', 'billing', 'developer', 'told'])
  await acme.quit('eng', 'ada')
  expect(await roles()).toEqual(['billing', 'told'])
})

test('a reason that ends while somebody is away is no reason any more: nobody is told that it would count on their return', async () => {
  const acme = await somebody()
  const id = await acme.accountId('ada')
  const hidden = async () =>
    (
      await app.db.pool.query<{ id: string }>(
        `select group_id as id from role_grant where account_id = $1 and kind = 'MAPPING' and group_id <> '' order by 1`,
        [id],
      )
    ).rows.map((row) => row.id)
  await acme.tell('dsync.user.deleted', {
    id: acme.userId('ada'),
    directory_id: acme.directoryId,
    idp_id: 'idp',
    state: 'inactive',
  })
  await app.applied()
  expect(new Set(await hidden())).toEqual(new Set([acme.groupId('eng'), acme.groupId('lead')]))
  await acme.quit('eng', 'ada')
  await app.applied()
  expect(new Set(await hidden())).toEqual(new Set([acme.groupId('lead')]))
  await acme.tell('dsync.group.deleted', {
    ...group('x', { directory_id: acme.directoryId }),
    id: acme.groupId('lead'),
  })
  await app.applied()
  expect(await hidden()).toEqual([])
})
