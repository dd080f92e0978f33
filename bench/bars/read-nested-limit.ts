import type { Bar } from '../bench.ts'
import { startChild } from '../child.ts'
import { alternate, toRow } from '../measure.ts'
import { askRollcall, contestAnew, mustAgree, readRounds, type Asked, type Person } from '../reading.ts'
import { createPeopled } from '../seed.ts'

/** The same page against the minimum that could answer it: two hand-written statements and no GraphQL. */
export const readNestedLimit: Bar = {
  name: 'read-nested-limit',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    await using ours = await askRollcall(bench, database)
    await using server = await startChild('./rivals/two-statements.ts', {
      env: { DATABASE_URL: bench.postgres.url(database) },
    })
    const theirs: Asked = {
      name: 'the rival',
      port: server.port,
      requestFor: (directoryId) => ({ method: 'GET', path: `/?directoryId=${directoryId}`, headers: {} }),
      read: (answer) => (answer as { users: Person[] }).users,
    }
    await mustAgree(bench, ours, theirs)
    const pairs = await alternate(readRounds(bench), contestAnew(bench, ours), contestAnew(bench, theirs))
    const rival = 'node:http and two statements'
    return [toRow({ name: 'read-nested-limit', rival, goal: 0.55, better: 'greater', unit: 'req/s' }, pairs)]
  },
}
