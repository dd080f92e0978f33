// Law 8, of the past: what was when a directory was another organization's is not told to whom it belongs to now.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { Link } from '../accounts/operations.ts'
import { directory, user } from '../support/events.ts'
import { momentAfter } from '../support/moment-after.ts'
import { administrator, done } from './administration.ts'
import { people } from './people.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

interface Then {
  readonly user: { readonly roleAssignments: readonly object[] } | null
  readonly directory: { readonly users: { readonly nodes: readonly { id: string }[] } } | null
  readonly directoryGroup: { readonly members: { readonly nodes: readonly { id: string }[] } } | null
}

test('who has a directory now sees neither the people nor the roles of the time before, and whoever sees all does', async () => {
  const [before, after] = [await people(app, key, 'before'), await people(app, key, 'after')]
  await after.hire('bob')
  for (const who of ['ada', 'eve']) await before.hire(who)
  await before.found('eng')
  await before.join('eng', 'ada', 'eve')
  const id = await before.accountId('ada')
  await query(app.url, key, Link, { directoryUserId: before.userId('ada'), externalId: 'u-ada' }) // so that it stays
  done(await administrator(app, key).createRole({ slug: 'auditor', name: 'Auditor' }))
  done(await administrator(app, key).createRole({ slug: 'own', name: 'Own', organizationId: before.organizationId }))
  const theirs = administrator(app, await app.key(before.organizationId))
  done(await theirs.grant({ userId: id, role: 'own' }))
  done(await theirs.grant({ userId: id, role: 'auditor' }))
  const at = await momentAfter()
  done(await theirs.revoke({ userId: id, role: 'auditor' }))
  const gone = { directory_id: before.directoryId, organization_id: before.organizationId, state: 'inactive' }
  await before.tell('dsync.user.deleted', user('before_eve', gone))
  await app.applied()
  await before.tell('dsync.activated', directory({ id: before.directoryId, organization_id: after.organizationId }))
  await app.applied()

  const look = async (by: string) => {
    const { data, errors } = await ask<Then, object>(
      app.url,
      by,
      `{
      user(id: "${id}") { roleAssignments(asOf: "${at}") { grants { actor } } }
      directory(id: "${before.directoryId}") { users(asOf: "${at}") { nodes { id } } }
      directoryGroup(id: "${before.groupId('eng')}") { members(asOf: "${at}") { nodes { id } } } }`,
    )
    const { user: account, directory: of, directoryGroup } = data!
    const counts = [account?.roleAssignments.length, of?.users.nodes.length, directoryGroup?.members.nodes.length]
    return [counts, errors?.map(({ message }) => message)]
  }
  expect(await look(key)).toEqual([[2, 2, 2], undefined])
  const mine = await app.key(after.organizationId)
  const refusal = 'asOf: is before the directory belonged to the organization'
  const seen = [
    [undefined, undefined, undefined],
    [refusal, refusal],
  ]
  expect(await look(mine)).toEqual(seen)
  // That somebody of the time before was purged is nobody's business now, and what remains of the roles is told to who
  // sees all.
  while (await purgeTombstones(app.db.pool, new Date('2026-07-01'), new Date()));
  expect(await look(mine)).toEqual(seen)
  const refused = await ask(app.url, key, `{ directory(id: "${before.directoryId}") { users(asOf: "${at}") { nodes { id } } } }`) // oxfmt-ignore
  expect(refused.errors).toMatchObject([
    { message: 'asOf: is not available: a user who was present then has been purged since' },
  ])
  const { data } = await ask<Then, object>(app.url, key, `{ user(id: "${id}") { roleAssignments(asOf: "${at}") { grants { actor } } } }`) // oxfmt-ignore
  expect(data!.user!.roleAssignments).toHaveLength(2)
  const exported = await fetch(`${app.url}/export?what=grants`, { headers: { authorization: `Bearer ${mine}` } })
  expect(await exported.text()).not.toContain('own')
})
