import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Bar, Bench } from '../bench.ts'
import { openConnection, type Connection } from '../connection.ts'
import { delivery, userRenamed } from '../events.ts'
import { drained, statuses } from '../inbox.ts'
import { mustBeGood } from '../load.ts'
import { alternate, toRow } from '../measure.ts'
import { askPostGraphile } from '../postgraphile.ts'
import { askRollcall, contest, mustAgree, readRounds, roundMs } from '../reading.ts'
import { userId, USERS } from '../seed.ts'
import { createStaffed } from '../staff.ts'

const PER_SECOND = 50

/**
 * The page of `read-nested`, requested again and again by clients that share one key, while people of all directories
 * are renamed: for us by webhooks, and for the rival in its own tables by the statement that a webhook would lead to.
 * Afterwards both must return the same people with the same names.
 */
export const readRepeat: Bar = {
  name: 'read-repeat',
  async run(bench) {
    const { postgres } = bench
    const [database, other] = [await createStaffed(postgres), await createStaffed(postgres)]
    await using ours = await askRollcall(bench, database)
    await using theirs = await askPostGraphile(bench, other)
    await mustAgree(bench, ours, theirs)
    const webhooks = createWebhooks(ours.port)
    await using updates = createUpdates(postgres.url(other))

    const [readOurs, readTheirs] = [contest(bench, ours), contest(bench, theirs)]
    const ourRound = async () => {
      const [rate] = await Promise.all([readOurs(), flow(bench, () => webhooks.rename())])
      webhooks.rest()
      await drained(postgres, database)
      return rate
    }
    const theirRound = async () => {
      const [rate] = await Promise.all([readTheirs(), flow(bench, () => updates.rename())])
      return rate
    }
    const pairs = await alternate(readRounds(bench), ourRound, theirRound)
    await mustAgree(bench, ours, theirs)
    const found = await statuses(postgres, database)
    if (found.APPLIED !== webhooks.sent() || Object.keys(found).length !== 1)
      throw new Error(`${webhooks.sent()} were acknowledged, and the inbox has ${JSON.stringify(found)}`)
    return [toRow({ name: 'read-repeat', rival: 'PostGraphile 5', goal: 6, better: 'greater', unit: 'req/s' }, pairs)]
  },
}

/** Makes a change whenever one is due, for as long as a round takes. */
async function flow(bench: Bench, change: () => Promise<void>): Promise<void> {
  const began = performance.now()
  const underWay: Promise<void>[] = []
  for (let n = 0; n < (roundMs(bench) / 1_000) * PER_SECOND; n += 1) {
    await sleep(Math.max(0, began + (n / PER_SECOND) * 1_000 - performance.now()))
    const changing = change()
    changing.catch(() => {}) // awaited below
    underWay.push(changing)
  }
  await Promise.all(underWay)
}

/**
 * Returns who is renamed next, and to what: the same for both. Everybody has their turn; one in twenty is on a page
 * that is read.
 */
function renamed(turn: number): { readonly n: number; readonly lastName: string } {
  const n = (turn * 7_919) % USERS
  return { n, lastName: `Lovelace ${n} of ${turn}` }
}

function createWebhooks(port: number) {
  let free: Connection[] = []
  let sent = 0
  return {
    sent: () => sent,
    async rename(): Promise<void> {
      const { n, lastName } = renamed((sent += 1))
      const connection = free.pop() ?? (await openConnection(port))
      mustBeGood(await connection.send(delivery(userRenamed(n, lastName))))
      free.push(connection)
    },
    /** The server closes idle connections between rounds. */
    rest(): void {
      for (const connection of free) connection.close()
      free = []
    },
  }
}

function createUpdates(connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: 4 })
  let done = 0
  return {
    async rename(): Promise<void> {
      const { n, lastName } = renamed((done += 1))
      await pool.query({ name: 'rename', text: RENAME, values: [userId(n), lastName] })
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

const RENAME = `
  update directory_user
  set last_name = $2, name = 'Ada ' || $2, updated_at = now(), fact_at = now(), sort_name = lower($2 || ' ada'),
      search_text = lower('ada ' || $2 || ' ' || email || ' ' || username)
  where id = $1`
