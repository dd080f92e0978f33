// How subscriptions read this order is in test/changes and test/flow; here, how it is written.
import { expect, test } from 'vitest'
import { event, group, member, user } from '../support/events.ts'
import { startTwoWriters, usePools } from './two-writers.ts'

const pools = usePools()

interface Position {
  readonly position: number
  readonly tx: string
  readonly recorded: Date
}

test(
  'Law 5: under concurrent writers, whoever has read up to a position has missed nothing before it',
  { timeout: 120_000 },
  async () => {
    // Some of it is rolled back, and must leave no gap.
    await pools[0].pool.query(`
    create function sometimes() returns trigger language plpgsql as $$
    begin if random() < 0.02 then raise exception 'sometimes' using errcode = '40001'; end if; return null; end $$;
    create trigger sometimes after insert on change for each row execute function sometimes()`)
    const writers = startTwoWriters(pools, [7, 11], () => {})
    const directories = Array.from({ length: 12 }, (_, index) => `directory_${index}`)
    const bodies = directories.flatMap((directory) =>
      Array.from({ length: 60 }, (_, index) => {
        const own = { directory_id: directory, organization_id: 'org_shared' }
        const one = user(`${directory}-${index % 20}`, { ...own, first_name: `v${index}` })
        const data = index % 3 === 0 ? member(group(directory, own), one, directory) : one
        return JSON.stringify(event(index % 3 === 0 ? 'dsync.group.user_added' : 'dsync.user.updated', data, index))
      }),
    )
    let writing = true
    const reading = (async () => {
      const { pool } = pools[1]
      let known: Position[] = []
      let reads = 0
      for (let last = false; !last; reads += 1) {
        last = !writing
        const { rows } = await pool.query<Position>(
          'select position, xmin::text as tx, recorded_at as recorded from change order by position',
        )
        // What was read before is the beginning of what is read now, and nothing is missing in it.
        expect(rows.slice(0, known.length)).toEqual(known)
        expect(rows.map((row) => row.position)).toEqual(rows.map((_, index) => index + 1))
        known = rows
      }
      return { known, reads }
    })()
    try {
      for (let from = 0; from < bodies.length; from += 40)
        await Promise.all([
          writers.deliver(0, bodies.slice(from, from + 20)),
          writers.deliver(1, bodies.slice(from + 20, from + 40)),
        ])
      await writers.settled()
    } finally {
      writing = false
      await writers.close()
    }
    const { known, reads } = await reading
    expect(reads).toBeGreaterThan(10)
    // Transactions do not mix, and the time of recording never goes back.
    const blocks = known.filter((row, index) => row.tx !== known[index - 1]?.tx).map((row) => row.tx)
    expect(new Set(blocks).size).toBe(blocks.length)
    expect(blocks.length).toBeGreaterThan(directories.length)
    for (const [index, row] of known.entries())
      expect(row.recorded.getTime()).toBeGreaterThanOrEqual(known[index - 1]?.recorded.getTime() ?? 0)
    // Nobody who had room waited for a directory's events to be in order: per user, the newest is last.
    const { rows } = await pools[0].pool.query<{ last: string; count: number }>(
      'select first_name as last, count(*) as count from directory_user group by 1 order by 1',
    )
    expect(rows.map((row) => row.last).sort()).toEqual(
      Array.from({ length: 20 }, (_, index) => `v${index + 40}`).sort(),
    )
  },
)
