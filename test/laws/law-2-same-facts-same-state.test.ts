import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectMirror } from './expect-mirror.ts'
import { arrivalsIn, directoryIds, history, tell, type Told } from './history.ts'
import { startTwoWriters, usePools } from './two-writers.ts'

const HISTORIES = process.env.LONG_TESTS === undefined ? 50 : 10_000
const LIMIT_MS = HISTORIES * 900

const pools = usePools()

test(
  'Law 2: same facts, same state, in whatever order, how often and how late they come, with two writers at once',
  { timeout: LIMIT_MS + 30_000 },
  async () => {
    let run = 0
    const property = fc.asyncProperty(history, async (one) => {
      run += 1
      const told = tell(one, run)
      const failures: string[] = []
      const writers = startTwoWriters(pools, one.batchSizes, (error) => failures.push(error))
      try {
        for (const phase of [0, 1, 2]) {
          const bodies = arrivalsIn(told, phase)
          for (let from = 0; from < bodies.length; from += one.chunk)
            await writers.deliver(from / one.chunk, bodies.slice(from, from + one.chunk))
          await writers.settled()
          // What has not come yet changes nothing yet: so far, these are all the facts there are.
          await expectState(
            told.filter(({ arrivals }) => arrivals.some((arrival) => arrival.phase <= phase)),
            directoryIds(run),
          )
        }
        expect(failures).toEqual([])
      } finally {
        await writers.close()
        if (run % 250 === 0) await startAnew()
      }
    })
    await fc.assert(property, {
      numRuns: HISTORIES,
      // So that shrinking a failure ends in time for its seed to be printed.
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
    })
  },
)

async function expectState(told: readonly Told[], ids: readonly string[]): Promise<void> {
  const db = pools[0].pool
  const { rows, log } = await expectMirror(db, told, ids)
  const states = [...log.users].filter(([, state]) => state !== null)
  expect(states).toEqual(states.map(([id]) => [id, rows.users[id]!.state]))
  const deleted = Object.entries(rows.directories).filter(([, { deletedAt }]) => deletedAt !== null)
  expect([...log.deletedDirectories].sort()).toEqual(deleted.map(([id]) => id).sort())

  const { rows: wrong } = await db.query(ACCOUNTS, [ids])
  expect(wrong, 'accounts that are not what their identities say').toEqual([])

  const { rows: unfinished } = await db.query(
    `select id, status, error from inbox_event where id = any($1) and status not in ('APPLIED', 'STALE')`,
    [told.map(({ event }) => event.id)],
  )
  expect(unfinished).toEqual([])
  const { rows: clock } = await db.query(`
    select (select position from change_clock) - (select purged_through from change_clock) as ticks, count(*) as changes,
           (select position from change_clock) = coalesce(max(position), (select purged_through from change_clock)) as last
    from change`)
  expect(clock[0], 'positions without a gap').toMatchObject({ ticks: clock[0].changes, last: true })
}

// An account is active while one of its identities is, and everybody has one whom more than memberships have told of.
const ACCOUNTS = `
  select u.id, a.state from directory_user u left join account a on a.id = u.account_id
  where u.directory_id = any($1) and u.state in ('ACTIVE', 'INACTIVE')
    and case when a.id is null then u.fact_at is not null else
      a.organization_id is distinct from u.organization_id or a.state::text <> case when exists (
        select from directory_user o where o.account_id = a.id and o.state = 'ACTIVE') then 'ACTIVE' else 'INACTIVE' end
      end`

// Tables that grow for ever would slow the last histories down.
async function startAnew(): Promise<void> {
  await pools[0].pool.query(
    'truncate change, inbox_event, membership, directory_user, directory_group, directory, account, organization cascade',
  )
  await pools[0].pool.query('update change_clock set purged_through = position')
}
