import { setTimeout as sleep } from 'node:timers/promises'
import type { Bar, Bench } from '../bench.ts'
import { startChild } from '../child.ts'
import { delivery, userUpdated } from '../events.ts'
import { drained, statuses } from '../inbox.ts'
import { alternate, quantile, toRow, type Pair } from '../measure.ts'
import { pace } from '../pace.ts'
import { issueKey, startRollcall } from '../rollcall.ts'
import { createPeopled, organizationId, userId } from '../seed.ts'
import { subscribeToRival, subscribeToRollcall, type Subscriber } from '../subscriber.ts'

const RATES = [50, 500]

interface Latency {
  readonly median: number
  readonly p99: number
}

/** From sending a delivery until a subscriber's socket has the change, in milliseconds. */
export const pushLatency: Bar = {
  name: 'push-latency',
  async run(bench) {
    const { postgres, quick } = bench
    const database = await createPeopled(postgres)
    const key = await issueKey(bench, database, organizationId)
    await using server = await startRollcall(bench, database)
    const ours = await subscribeToRollcall(server.port, key)
    await using rival = await startChild('./rivals/notify.ts', { env: { DATABASE_URL: postgres.url(database) } })
    const theirs = await subscribeToRival(rival.port)
    await sleep(500) // the subscription has begun
    const rows = []
    for (const rate of RATES) {
      const pairs = await alternate(
        quick ? 2 : 5,
        () => latency(bench, rate, 'ours', server.port, ours),
        () => latency(bench, rate, 'the rival', rival.port, theirs),
      )
      const about = { rival: 'insert, NOTIFY, LISTEN, send', better: 'smaller', unit: 'ms' } as const
      const pick = (which: keyof Latency) => pairs.map(([a, b]): Pair => [a[which], b[which]])
      rows.push(
        toRow({ ...about, name: `push-latency-median-at-${rate}`, goal: 4 }, pick('median')),
        toRow({ ...about, name: `push-latency-p99-at-${rate}`, goal: 6 }, pick('p99')),
      )
    }
    ours.close()
    theirs.close()
    await mustBeThere(bench, database)
    return rows
  },
}

const PATIENCE_MS = 60_000 // a server that cannot keep up is slow; one that loses an event is wrong

/**
 * One round with one event per user, so that a message identifies its event. Throws if one is missing or comes twice.
 */
async function latency(
  { quick, note }: Bench,
  perSecond: number,
  who: string,
  port: number,
  subscriber: Subscriber,
): Promise<Latency> {
  const count = perSecond * (quick ? 2 : 5)
  const sent = new Map<string, number>()
  const took: number[] = []
  const all = Promise.withResolvers<void>()
  const events = Array.from({ length: count }, (_, n) => userUpdated(n))
  const names = new Map(events.map(({ data }) => [data.id, data.name]))
  subscriber.onUser = ({ id, name }) => {
    const began = sent.get(id)
    if (began === undefined) return all.reject(new Error(`${id} was pushed twice, or never sent`))
    if (name !== names.get(id)) return all.reject(new Error(`${id} was pushed with another name: ${name}`))
    sent.delete(id)
    took.push(performance.now() - began)
    if (took.length === count) all.resolve()
  }
  const requests = events.map(delivery)
  const timer = setTimeout(
    () => all.reject(new Error(`${count - took.length} of ${count} were not pushed`)),
    (count / perSecond) * 1_000 + PATIENCE_MS,
  )
  try {
    const onSend = (n: number) => void sent.set(userId(n), performance.now())
    await Promise.all([pace({ port, perSecond, requests, onSend }), all.promise])
  } finally {
    clearTimeout(timer)
  }
  const figures = { median: quantile(took, 0.5), p99: quantile(took, 0.99) }
  note(`${who}, ${perSecond}/s: median ${figures.median.toFixed(2)} ms, p99 ${figures.p99.toFixed(2)} ms`)
  return figures
}

/** Both were sent the same number. Throws unless the rival has stored, and ours applied, all of it. */
async function mustBeThere({ postgres }: Bench, database: string): Promise<void> {
  await drained(postgres, database)
  const { APPLIED: applied = 0, ...others } = await statuses(postgres, database)
  const [stored] = await postgres.query<{ count: string }>(database, 'select count(*) from bench_event')
  if (applied !== Number(stored!.count) || Object.keys(others).length > 0)
    throw new Error(`${applied} applied, ${stored!.count} stored by the rival, and ${JSON.stringify(others)}`)
}
