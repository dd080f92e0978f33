import type { Bar } from '../bench.ts'
import { alternate, toRow } from '../measure.ts'
import { askPostGraphile } from '../postgraphile.ts'
import { askRollcall, contestAnew, mustAgree, readRounds } from '../reading.ts'
import { createPeopled } from '../seed.ts'

/** A page of 50 users with their groups, by GraphQL, against PostGraphile on the same tables. */
export const readNested: Bar = {
  name: 'read-nested',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    await using ours = await askRollcall(bench, database)
    await using theirs = await askPostGraphile(bench, database)
    await mustAgree(bench, ours, theirs)
    const pairs = await alternate(readRounds(bench), contestAnew(bench, ours), contestAnew(bench, theirs))
    return [toRow({ name: 'read-nested', rival: 'PostGraphile 5', goal: 2.5, better: 'greater', unit: 'req/s' }, pairs)]
  },
}
