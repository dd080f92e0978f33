import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { AUDIENCE, followRival, followRollcall, type Audience } from '../audience.ts'
import type { Bar, Bench } from '../bench.ts'
import type { Crowd } from '../crowd/gather.ts'
import { alternate, toRow } from '../measure.ts'
import { createPeopled } from '../seed.ts'

const IDLE_MS = 30_000
const OTHERS = 1_000

/** What a subscriber costs while nothing happens. */
export const subscriberMemory: Bar = {
  name: 'subscriber-memory',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    const pairs = await alternate(
      bench.quick ? 1 : 3,
      () => perSubscriber(bench, 'ours', (look) => followRollcall(bench, database, [{}], look)),
      () => perSubscriber(bench, 'the rival', (look) => followRival(look)),
      0,
    )
    const about = { rival: 'ws', goal: 2, better: 'smaller', unit: 'kB' } as const
    return [toRow({ ...about, name: 'subscriber-memory' }, pairs)]
  },
}

/**
 * Additional resident kilobytes per socket. Others have come and gone before: what is compiled for the first of them,
 * and how large the heap's nursery grows, is not the cost of a subscriber.
 */
async function perSubscriber(
  { note }: Bench,
  who: string,
  follow: (look: (pid: number, come: (count: number) => Promise<Crowd>) => Promise<void>) => Promise<Audience>,
): Promise<number> {
  let before = 0
  await using audience = await follow(async (pid, come) => {
    const others = await come(OTHERS)
    await others[Symbol.asyncDispose]()
    await sleep(IDLE_MS)
    before = resident(pid)
  })
  await sleep(IDLE_MS) // time to collect garbage from connecting
  const kilobytes = (resident(audience.server.pid) - before) / AUDIENCE
  note(`${who}: ${kilobytes.toFixed(1)} kB each, over ${Math.round(before / 1024)} MB`)
  return kilobytes
}

const resident = (pid: number) => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
