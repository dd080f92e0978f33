import { mustAnswerTheSame } from '../answered.ts'
import type { Bar, Bench } from '../bench.ts'
import { wire } from '../connection.ts'
import { saturate } from '../load.ts'
import { alternate, toRow } from '../measure.ts'
import { startPostGraphile } from '../postgraphile.ts'
import { readRounds } from '../reading.ts'
import { issueKey, startRollcall } from '../rollcall.ts'
import { DIRECTORIES, GROUPS, createPeopled, directoryId, groupId, organizationId } from '../seed.ts'

/** A query to both, each in its own terms, and how to read each answer. */
interface Shape {
  readonly name: string
  readonly ids: readonly string[]
  readonly ours: string
  readonly theirs: string
  readonly readOurs: (data: never) => unknown
  readonly readTheirs: (data: never) => unknown
}

interface Named {
  readonly name: string
  readonly email: string
}
type Mine = Named & { readonly id: string }
type Rowed = Named & { readonly rowId: string }
const toMine = ({ rowId, ...named }: Rowed): Mine => ({ id: rowId, ...named })

interface OurList {
  readonly directoryUsers: { readonly totalCount?: number; readonly nodes: readonly Mine[] }
}
interface TheirList {
  readonly allDirectoryUsers: { readonly totalCount?: number; readonly nodes: readonly Rowed[] }
}
const readOurList = ({ directoryUsers }: OurList) => directoryUsers
const readTheirList = ({ allDirectoryUsers: { nodes, ...rest } }: TheirList) => ({ ...rest, nodes: nodes.map(toMine) })

const DIRECTORY_IDS = Array.from({ length: DIRECTORIES }, (_, n) => directoryId(n))
const GROUP_IDS = Array.from({ length: GROUPS }, (_, n) => groupId(n))

const list = (name: string, count: string, order: string, theirOrder: string): Shape => ({
  name,
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) {
    directoryUsers(filter: { directoryId: $id }, first: 50, orderBy: { ${order} }) { ${count} nodes { id name email } }
  }`,
  theirs: `query ($id: String!) {
    allDirectoryUsers(condition: { directoryId: $id }, first: 50, orderBy: ${theirOrder}) { ${count} nodes { rowId name email } }
  }`,
  readOurs: readOurList,
  readTheirs: readTheirList,
})

const SHAPES: readonly Shape[] = [
  list('list', '', 'field: CREATED_AT', 'CREATED_AT_ASC'),
  list('latest', '', 'field: CREATED_AT, direction: DESC', 'CREATED_AT_DESC'),
  list('by-name', '', 'field: NAME', 'SORT_NAME_ASC'),
  list('counted', 'totalCount', 'field: CREATED_AT', 'CREATED_AT_ASC'),
  {
    name: 'members',
    ids: GROUP_IDS,
    ours: `query ($id: ID!) { directoryGroup(id: $id) { name members(first: 50) { nodes { id name email } } } }`,
    theirs: `query ($id: String!) {
      directoryGroupByRowId(rowId: $id) {
        name
        membershipsByGroupId(condition: { visible: true }, first: 50) {
          nodes { directoryUserByUserId { rowId name email } }
        }
      }
    }`,
    readOurs: ({ directoryGroup: { name, members } }: OurGroup) => ({ name, nodes: members.nodes }),
    readTheirs: ({ directoryGroupByRowId: { name, membershipsByGroupId } }: TheirGroup) => ({
      name,
      nodes: membershipsByGroupId.nodes.map(({ directoryUserByUserId }) => toMine(directoryUserByUserId)),
    }),
  },
]

interface OurGroup {
  readonly directoryGroup: { readonly name: string; readonly members: { readonly nodes: readonly Mine[] } }
}
interface TheirGroup {
  readonly directoryGroupByRowId: {
    readonly name: string
    readonly membershipsByGroupId: { readonly nodes: readonly { readonly directoryUserByUserId: Rowed }[] }
  }
}

interface Server {
  readonly who: string
  readonly port: number
  readonly headers: Record<string, string>
}

/** Common lists, which nothing was specially optimized for, against PostGraphile on the same tables. */
export const readShapes: Bar = {
  name: 'read-shapes',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    // In the physical order that changes leave: next to rows changed at the same time.
    await bench.postgres.query(database, `cluster directory_user using directory_user_idp_id_directory_id_idx`)
    await bench.postgres.query(database, 'vacuum (analyze)')
    const key = await issueKey(bench, database, organizationId)
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
  read: (data: never) => unknown,
): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const id of ids) {
    const body = JSON.stringify({ query, variables: { id } })
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })
    const text = await response.text()
    if (response.status !== 200 || text.includes('"errors":'))
      throw new Error(`${response.status}: ${text.slice(0, 600)}`)
    const answer = read((JSON.parse(text) as { data: never }).data) as { readonly nodes: readonly unknown[] }
    if (answer.nodes.length !== 50) throw new Error(`Each must give 50 people, and not ${answer.nodes.length}`)
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
