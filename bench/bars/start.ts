import type { Bar } from '../bench.ts'
import { startChild, type Child } from '../child.ts'
import { alternate, toRow } from '../measure.ts'
import { startRollcall } from '../rollcall.ts'
import { createPeopled } from '../seed.ts'

/** From the start of the process to the first 200, on a migrated database with people. */
export const start: Bar = {
  name: 'start',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    const ours = () => untilReady(() => startRollcall(bench, database), '/health/ready')
    const theirs = () => untilReady(() => startChild('./rivals/hello.js'), '/graphql?query=%7Bhello%7D')
    const pairs = await alternate(bench.quick ? 3 : 9, ours, theirs)
    return [toRow({ name: 'start', rival: 'Yoga, hello world', goal: 2, better: 'smaller', unit: 'ms' }, pairs)]
  },
}

async function untilReady(startServer: () => Promise<Child>, path: string): Promise<number> {
  const began = performance.now()
  await using server = await startServer()
  for (;;) {
    const response = await fetch(`${server.url}${path}`)
    await response.arrayBuffer()
    const took = performance.now() - began
    if (response.status === 200) return took
    if (took > 30_000) throw new Error(`${path} says ${response.status} after 30 s`)
  }
}
