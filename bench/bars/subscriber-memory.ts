import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { AUDIENCE, followRival, followRollcall, type Audience } from '../audience.ts'
import type { Bar, Bench } from '../bench.ts'
import { alternate, toRow } from '../measure.ts'
import { createPeopled } from '../seed.ts'

const IDLE_MS = 30_000

/** What a subscriber takes while nothing happens. */
export const subscriberMemory: Bar = {
  name: 'subscriber-memory',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    const pairs = await alternate(
      bench.quick ? 1 : 3,
      () => perSubscriber(bench, 'ours', (empty) => followRollcall(bench, database, [{}], empty)),
      () => perSubscriber(bench, 'the rival', (empty) => followRival(empty)),
      0,
    )
    const about = { rival: 'ws', goal: 2, better: 'smaller', unit: 'kB' } as const
    return [toRow({ ...about, name: 'subscriber-memory' }, pairs)]
  },
}

/** Kilobytes that are resident for each socket more than before the first. */
async function perSubscriber(
  { note }: Bench,
  who: string,
  follow: (empty: (pid: number) => Promise<void>) => Promise<Audience>,
): Promise<number> {
  let before = 0
  await using audience = await follow(async (pid) => {
    await sleep(IDLE_MS / 3)
    before = resident(pid)
  })
  await sleep(IDLE_MS) // what was thrown away while they came is found in time
  const kilobytes = (resident(audience.server.pid) - before) / AUDIENCE
  note(`${who}: ${kilobytes.toFixed(1)} kB each, over ${Math.round(before / 1024)} MB`)
  return kilobytes
}

const resident = (pid: number) => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
