// npm run bench: measures the server against its rivals. See README.md for what each line means.
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bar, Bench } from './bench.ts'
import { applyBurst } from './bars/apply-burst.ts'
import { backfill } from './bars/backfill.ts'
import { fanOut } from './bars/fan-out.ts'
import { fanOutFiltered } from './bars/fan-out-filtered.ts'
import { offboarding } from './bars/offboarding.ts'
import { pushLatency } from './bars/push-latency.ts'
import { readMillion } from './bars/read-million.ts'
import { readNested } from './bars/read-nested.ts'
import { readNestedLimit } from './bars/read-nested-limit.ts'
import { readOne } from './bars/read-one.ts'
import { readRepeat } from './bars/read-repeat.ts'
import { readShapes } from './bars/read-shapes.ts'
import { start } from './bars/start.ts'
import { statsMonth } from './bars/stats-month.ts'
import { subscriberMemory } from './bars/subscriber-memory.ts'
import { webhookAck } from './bars/webhook-ack.ts'
import { endChildren } from './child.ts'
import type { Row } from './measure.ts'
import { startBenchPostgres } from './postgres.ts'
import { describeMachine, printRow, printTable } from './table.ts'

const bars: readonly Bar[] = [
  readNested,
  readNestedLimit,
  readOne,
  readRepeat,
  readShapes,
  readMillion,
  webhookAck,
  applyBurst,
  backfill,
  pushLatency,
  fanOut,
  fanOutFiltered,
  subscriberMemory,
  offboarding,
  start,
  statsMonth,
]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
  },
})
const unknown = values.only.filter((name) => !bars.some((bar) => bar.name === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}. There are ${bars.map((bar) => bar.name).join(', ')}.\n`)
  process.exit(2)
}
if (values.profile !== undefined) mkdirSync(values.profile, { recursive: true })

const postgres = await startBenchPostgres()
// An interrupted run still frees memory and disk.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endChildren()
    void postgres.close().finally(() => process.exit(130))
  })

const bench: Bench = {
  postgres,
  quick: values.quick,
  profiles: values.profile === undefined ? null : resolve(values.profile),
  note: (line) => process.stderr.write(`  ${line}\n`),
}
const rows: Row[] = []
try {
  for (const bar of bars.filter(({ name }) => values.only.length === 0 || values.only.includes(name))) {
    process.stderr.write(`${bar.name}\n`)
    try {
      const measured = await bar.run(bench)
      rows.push(...measured)
      if (values.json) measured.forEach(printRow)
    } catch (error) {
      // The other bars may still be measured; the run then exits with 1.
      process.stderr.write(`${bar.name} FAILED: ${error instanceof Error ? error.stack : String(error)}\n`)
      process.exitCode = 1
    }
  }
  if (!values.json) {
    describeMachine(postgres.version)
    printTable(rows)
  }
} finally {
  await postgres.close()
}
