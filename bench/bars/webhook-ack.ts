import type { Bar } from '../bench.ts'
import { delivery, userUpdated } from '../events.ts'
import { drained, statuses } from '../inbox.ts'
import { CLIENTS, createInsertRate } from '../insert-rate.ts'
import { saturate } from '../load.ts'
import { alternate, toRow } from '../measure.ts'
import { startRollcall } from '../rollcall.ts'
import { createPeopled, USERS } from '../seed.ts'

/**
 * Deliveries per second that 32 senders get a 200 for: signature checked, body committed. The worker applies them at
 * the same time, as always; what is left is finished before the rival's turn.
 */
export const webhookAck: Bar = {
  name: 'webhook-ack',
  async run(bench) {
    const { postgres, quick } = bench
    const inserts = await createInsertRate(postgres)
    const database = await createPeopled(postgres)
    const each = quick ? 5_000 : USERS // at most one event each: none is overtaken by a newer one
    let sent = 0
    await using server = await startRollcall(bench, database)

    async function acknowledgements(): Promise<number> {
      const deliveries = Array.from({ length: each }, () => delivery(userUpdated((sent += 1) % USERS)))
      const next = () => deliveries.pop() ?? null
      const rate = await saturate({ port: server.port, connections: CLIENTS, next })
      await drained(postgres, database)
      bench.note(`acknowledged ${Math.round(rate)}/s`)
      return rate
    }

    const pairs = await alternate(quick ? 2 : 5, acknowledgements, () => inserts.measure(quick ? 2 : 3))
    const found = await statuses(postgres, database)
    if (found.APPLIED !== sent || Object.keys(found).length !== 1)
      throw new Error(`${sent} were acknowledged, and the inbox has ${JSON.stringify(found)}`)
    return [toRow({ name: 'webhook-ack', rival: inserts.rival, goal: 0.4, better: 'greater', unit: 'events/s' }, pairs)]
  },
}
