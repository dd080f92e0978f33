import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { createTestDatabase } from '../support/database.ts'
import { startServerProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'
import { expectInStep } from './harness.ts'

const LONG = process.env.LONG_TESTS === '1'
const [KILLS, USERS, timeout] = LONG ? [20, 2_000, 600_000] : [5, 1_000, 120_000]

test(
  'a backfill that is killed again and again goes on after its last page, and ends complete',
  { timeout },
  async () => {
    const simulator = await createSimulator({
      apiKey: 'sk_test',
      directories: 1,
      usersPerDirectory: USERS,
      rateLimits: false,
      announces: false,
    })
    const { connectionString } = await createTestDatabase()
    const db = openDatabase({ connectionString, size: 2, onIdleError: () => {} })
    const run = () => db.prisma.syncRun.findFirst()
    const seen = async () => {
      const { usersSeen = 0, groupsSeen = 0, membershipsSeen = 0 } = (await run()) ?? {}
      return usersSeen + groupsSeen + membershipsSeen
    }
    const env = {
      WORKOS_API_BASE_URL: simulator.url,
      DIRECTORY_POLL_MS: '200',
      SYNC_CONCURRENCY: '1',
      DIRECTORY_USERS_PER_SECOND: '40',
    }
    let reached = 0
    for (let kill = 0; kill < KILLS; kill += 1) {
      const server = await startServerProcess(connectionString, env)
      // It goes on: each life gets further than the one before, and dies at whatever it is at.
      await until(async () => (await seen()) > reached || (await run())?.state === 'SUCCEEDED')
      await sleep(Math.random() * 30)
      await server.end('SIGKILL')
      reached = await seen()
    }
    expect((await run())?.state, 'killed before its end').toBe('RUNNING')
    await startServerProcess(connectionString, { ...env, DIRECTORY_USERS_PER_SECOND: '0' })
    await until(async () => (await run())?.state === 'SUCCEEDED')
    const memberships = simulator.store
      .groups()
      .reduce((sum, group) => sum + simulator.store.members(group.id).length, 0)
    expect(await run()).toMatchObject({
      error: null,
      usersSeen: simulator.store.users().length,
      groupsSeen: simulator.store.groups().length,
      membershipsSeen: memberships,
    })
    expect(await db.prisma.syncRun.count()).toBe(1)
    await expectInStep(db.pool, simulator)
    await db.close()
    await simulator.close()
  },
)
