import type { Queryable } from '../db/database.ts'
import { columnOf, counters } from './counters.ts'
import type { Tally } from './tally.ts'

/**
 * Adds what was counted to the roll-ups, in one statement; in none where nothing was. Call it once and last in a
 * transaction: everybody waits for the row of the hour in which everything is counted, until that transaction ends.
 */
export async function recordTally(db: Queryable, tally: Tally): Promise<void> {
  const rows = tally.rows().map(({ directoryId, hour, counts, latency }) => ({
    directory_id: directoryId,
    hour,
    ...Object.fromEntries(counters.map((counter) => [columnOf(counter), counts[counter]])),
    latency,
  }))
  if (rows.length === 0) return
  await db.query({ name: 'record-tally', text: RECORD, values: [JSON.stringify(rows)] })
}

const COLUMNS = counters.map(columnOf)
const ALL = ['directory_id', 'hour', ...COLUMNS, 'latency'].join(', ')

// In the order of their keys, so that two that share rows wait for each other and do not lock up.
const RECORD = `
  insert into stats_hour as s (${ALL})
  select ${ALL} from json_populate_recordset(null::stats_hour, $1) order by directory_id, hour
  on conflict (directory_id, hour) do update set
    ${COLUMNS.map((column) => `${column} = s.${column} + excluded.${column}`).join(', ')},
    latency = case when excluded.latency = '{}' then s.latency else array(
      select coalesce(a, 0) + coalesce(b, 0) from unnest(s.latency, excluded.latency) with ordinality as t (a, b, n) order by n
    ) end`
