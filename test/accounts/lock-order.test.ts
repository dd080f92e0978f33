// Whoever changes mappings has them to himself, and then locks accounts: whoever changes accounts has to lock in the same order.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import { purgeTombstones } from '../../src/retention/purge-tombstones.ts'
import { holdMappings, lockMappings } from '../../src/roles/mappings-lock.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/until.ts'
import { Disable, Enable, Import, Link, LinkByEmail, Revoke, Unlink } from './operations.ts'
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

/** Gives mappings to somebody who asks for them and waits for whoever holds them, until `release`. */
async function crowdMappings() {
  const held = Promise.withResolvers<void>()
  const holds = Promise.withResolvers<void>()
  const holder = inTransaction(app.db.pool, async (tx) => {
    await holdMappings(tx)
    holds.resolve()
    await held.promise
  })
  await holds.promise
  const changer = inTransaction(app.db.pool, lockMappings)
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
  'is imported': (one) => one.run(Import, { csv: `user_id,directory_user_id\nu-else,${one.id('ada')}\n`, dryRun: false }), // prettier-ignore
  'is matched by e-mail': (one) => one.run(LinkByEmail, { organizationId: one.organizationId, dryRun: false }),
  'is erased': () => purgeTombstones(app.db.pool, new Date()),
}

test.for(Object.entries(doings))(
  'whose account %s, no row of theirs is locked before mappings are held',
  async ([, act], { task }) => {
    // prettier-ignore
    const name = `order${task.id.replaceAll(/\W/g, '')}`
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
      const { rows } = await app.db.pool.query('select from account where organization_id = $1 for update nowait', [one.organizationId]) // prettier-ignore
      expect(rows.length).toBeGreaterThan(0)
    } finally {
      await release()
      await doing
    }
  },
)
