// Whoever changes mappings has them to himself, and then locks accounts: whoever changes accounts has to lock in the
// same order.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { lockMappingsShared, lockMappingsExclusively } from '../../src/roles/mappings-lock.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { directory, event } from '../support/events.ts'
import { until } from '../support/until.ts'
import { Disable, Enable, Import, Link, LinkByEmail, Opt, Revoke, Unlink } from './operations.ts'
import { staff, type Staff } from './staff.ts'

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
})
afterAll(() => app.close())

const waiting = async (count: number) => {
  const { rows } = await app.db.pool.query<{ count: number }>(
    `select count(*) as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]!.count >= count
}

/** Locks an account, as whoever changes it does, until `release`. */
async function hold(id: string) {
  const held = Promise.withResolvers<void>()
  const holds = Promise.withResolvers<void>()
  const holder = inTransaction(app.db.pool, async (tx) => {
    await tx.query('select from account where id = $1 for no key update', [id])
    holds.resolve()
    await held.promise
  })
  await holds.promise
  return async () => {
    held.resolve()
    await holder
  }
}

/** Gives mappings to somebody who asks for them and waits for whoever holds them, until `release`. */
async function crowdMappings() {
  const held = Promise.withResolvers<void>()
  const holds = Promise.withResolvers<void>()
  const holder = inTransaction(app.db.pool, async (tx) => {
    await lockMappingsShared(tx)
    holds.resolve()
    await held.promise
  })
  await holds.promise
  const changer = inTransaction(app.db.pool, lockMappingsExclusively)
  await until(() => waiting(1))
  return async () => {
    held.resolve()
    await Promise.all([holder, changer])
  }
}

type Doing = (one: Staff, accountId: string) => Promise<unknown>

const doings: Record<string, Doing> = {
  'is disabled': (one, userId) => one.run(Disable, { userId, reason: 'a reason' }),
  'is enabled': (one, userId) => one.run(Enable, { userId, reason: 'a reason' }),
  'is signed out': (one, userId) => one.run(Revoke, { userId }),
  'is registered anew': (one) => one.register('u-ada', { workosUserId: 'user_ada' }),
  'is linked': (one) => one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-else' }),
  'is unlinked': (one) => one.run(Unlink, { directoryUserId: one.id('ada') }),
  'is imported': (one) => one.run(Import, { csv: `user_id,directory_user_id\nu-else,${one.id('ada')}\n`, dryRun: false }), // oxfmt-ignore
  'is matched by e-mail': (one) => one.run(LinkByEmail, { organizationId: one.organizationId, dryRun: false }),
  'is erased': () => purgeTombstones(app.db.pool, new Date(), new Date()),
}

test.for(Object.entries(doings))(
  'whose account %s, no row of theirs is locked before mappings are held',
  async ([, act], { task }) => {
    const name = `order${task.id.replaceAll(/[\W_]/g, '')}`
    const one = staff(app, key, name)
    await one.hire('ada', 1)
    await one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-ada' })
    await one.hire('ben', 2)
    await one.register('u-ben', { email: `ben@${name}.example.com`, emailVerified: true })
    await one.fire('ada', 3)
    const accountId = (await one.account('ada')).id
    const release = await crowdMappings()
    const doing = act(one, accountId)
    try {
      await until(() => waiting(2))
      // Throws where somebody has it.
      const { rows } = await app.db.pool.query('select from account where organization_id = $1 for update nowait', [one.organizationId]) // oxfmt-ignore
      expect(rows.length).toBeGreaterThan(0)
    } finally {
      await release()
      await doing
    }
  },
)

/** Ada, and an account that is older than hers and that she has to be given where her directory moves there. */
async function aboutToMove(name: string, by: 'authkit' | 'address') {
  const there = staff(app, key, `there-${name}`)
  const email = `ada@${name}.example.com`
  const workosUserId = by === 'authkit' ? `user_${name}` : null
  const joined = await there.register('u-ada', { email, emailVerified: true, workosUserId })
  await there.run(Opt, { organizationId: there.organizationId, linkByEmail: by === 'address' })
  const one = staff(app, key, `moves-${name}`)
  await one.hire('ada', 1, { email })
  await one.run(Link, { directoryUserId: one.id('ada'), externalId: 'u-ada', workosUserId })
  const accountId = (await one.account('ada')).id
  expect(joined < accountId).toBe(true)
  return { there, one, joined, accountId }
}

test.for(['authkit', 'address'] as const)(
  'whose directory moves and who joins an older account there by %s, no row of theirs is locked before that one',
  async (by) => {
    const { there, one, joined, accountId } = await aboutToMove(by, by)
    const release = await hold(joined)
    try {
      const moved = directory({ id: one.directoryId, organization_id: there.organizationId })
      await app.deliver(event('dsync.activated', moved, 100))
      await until(() => waiting(1))
      // Throws where somebody has it.
      await app.db.pool.query('select from account where id = $1 for update nowait', [accountId])
    } finally {
      await release()
      await app.applied()
    }
    expect((await one.account('ada')).id).toBe(joined)
  },
)

test('nor is one of theirs by an import that comes before they have moved, as one of many', async () => {
  const { there, one, joined, accountId } = await aboutToMove('import', 'authkit')
  await one.hire('ben', 2)
  await app.db.pool.query('update directory_user set organization_id = $2 where id = $1', [one.id('ada'), there.organizationId]) // oxfmt-ignore
  const release = await hold(joined)
  const doing = one.run(Import, { csv: `user_id,directory_user_id\nu-ada,${one.id('ben')}\n`, dryRun: false })
  try {
    await until(() => waiting(1))
    await app.db.pool.query('select from account where id = $1 for update nowait', [accountId])
  } finally {
    await release()
    await doing
  }
  expect((await one.account('ada')).id).toBe(joined)
})
