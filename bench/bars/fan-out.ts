import {
  AUDIENCE,
  followRival,
  followRollcall,
  openChanger,
  sendToAll,
  type Audience,
  type Changer,
} from '../audience.ts'
import type { Bar, Bench } from '../bench.ts'
import { alternate, median, toRow } from '../measure.ts'
import { createPeopled } from '../seed.ts'

/** One change, to 10,000 sockets with the same subscription. */
export const fanOut: Bar = {
  name: 'fan-out',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    await using ours = await followRollcall(bench, database, [{}])
    await using theirs = await followRival()
    await using changer = openChanger(bench, database)
    const pairs = await alternate(bench.quick ? 3 : 9, everybodyOf(bench, ours, changer), async () => {
      const { text } = await changer.change(ours.crowd, AUDIENCE, 0)
      return severalTimes(bench, 'the rival', () => sendToAll(theirs, text))
    })
    const about = { rival: 'ws, the same bytes in a loop', goal: 1.6, better: 'smaller', unit: 'ms' } as const
    return [toRow({ ...about, name: 'fan-out' }, pairs)]
  },
}

/** How long it takes until all have received a change. */
export const everybodyOf =
  (bench: Bench, { crowd }: Audience, changer: Changer) =>
  () =>
    severalTimes(bench, 'everybody', () => changer.change(crowd, AUDIENCE, 0))

export async function severalTimes(
  { note }: Bench,
  who: string,
  once: () => Promise<{ readonly ms: number }>,
): Promise<number> {
  const took = []
  for (let n = 0; n < 5; n += 1) took.push((await once()).ms)
  note(`${who}: ${took.map((ms) => ms.toFixed(1)).join(', ')} ms`)
  return median(took)
}
