import { mustAnswerTheSame } from '../answered.ts'
import type { Bar, Bench } from '../bench.ts'
import { wire } from '../connection.ts'
import { saturate } from '../load.ts'
import { alternate, toRow } from '../measure.ts'
import { createWithPast } from '../past.ts'
import { startPostGraphile } from '../postgraphile.ts'
import { readRounds } from '../reading.ts'
import { issueKey, startRollcall } from '../rollcall.ts'
import { organizationId } from '../seed.ts'
import { SHAPES } from '../shapes.ts'
import type { Page, Shape } from '../shapes/shape.ts'

interface Server {
  readonly who: string
  readonly port: number
  readonly headers: Record<string, string>
}

/** Common queries, against PostGraphile on the same tables. */
export const readShapes: Bar = {
  name: 'read-shapes',
  async run(bench) {
    const database = await createWithPast(bench.postgres)
    const key = await issueKey(bench, database, organizationId, ['directory:read', 'events:read'])
    await using server = await startRollcall(bench, database)
    await using rival = await startPostGraphile(bench, database)
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const ours: Server = { who: 'ours', port: server.port, headers: { ...headers, authorization: `Bearer ${key}` } }
    const theirs: Server = { who: 'the rival', port: rival.port, headers }
    const rows = []
    for (const { name, ids, ...shape } of SHAPES) {
      mustAnswerTheSame(
        bench.note,
        { who: 'ours', answers: await answersOf(ours, shape.ours, ids, shape.readOurs) },
        { who: 'the rival', answers: await answersOf(theirs, shape.theirs, ids, shape.readTheirs) },
      )
      const pairs = await alternate(
        readRounds(bench),
        contest(bench, ours, shape.ours, ids),
        contest(bench, theirs, shape.theirs, ids),
      )
      rows.push(
        toRow({ name: `read-${name}`, rival: 'PostGraphile 5', goal: 1, better: 'greater', unit: 'req/s' }, pairs),
      )
    }
    return rows
  },
}

async function answersOf(
  { port, headers }: Server,
  query: string,
  ids: readonly string[],
  read: Shape['readOurs'],
): Promise<Page[]> {
  const answers: Page[] = []
  for (const id of ids) {
    const body = JSON.stringify({ query, variables: { id } })
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })
    const text = await response.text()
    if (response.status !== 200 || text.includes('"errors":'))
      throw new Error(`${response.status}: ${text.slice(0, 600)}`)
    const answer = read((JSON.parse(text) as { data: never }).data)
    if (answer.nodes.length < 10) throw new Error(`Each must have a page, and not ${answer.nodes.length} rows`)
    answers.push(answer)
  }
  return answers
}

/** One round: requests per second. No two are alike, by a number among their extensions (contestAnew). */
function contest({ note, quick }: Bench, { who, port, headers }: Server, query: string, ids: readonly string[]) {
  let turn = 0
  const next = () => {
    turn += 1
    const body = JSON.stringify({ query, variables: { id: ids[turn % ids.length] }, extensions: { n: turn } })
    return wire('POST', '/graphql', headers, body)
  }
  return async () => {
    const rate = await saturate({ port, connections: 16, next, ms: quick ? 1_000 : 2_000 })
    note(`${who}: ${Math.round(rate)} req/s`)
    return rate
  }
}
