import { mustAnswerTheSame } from '../answered.ts'
import type { Bar, Bench } from '../bench.ts'
import { openConnection, wire } from '../connection.ts'
import { createCrowd, type Crowd, type Someone } from '../crowd.ts'
import { mustBeGood } from '../load.ts'
import { alternate, median, quantile, toRow } from '../measure.ts'
import { issueKey, startRollcall } from '../rollcall.ts'
import { organizationId } from '../seed.ts'

/** A query for users, and the SQL whose result the answer is compared with. */
interface Question {
  readonly filter: string
  readonly order: string
  readonly variables: Readonly<Record<string, string>>
  readonly conditions: string
  readonly by: string
  readonly values: readonly string[]
  /** The page comes after this user. */
  readonly after?: Someone
}

interface Kind {
  readonly name: string
  ask(someone: Someone): Question
}

const LIVE = `state <> 'DELETED'`

const KINDS: readonly Kind[] = [
  {
    name: 'deep-page',
    ask: (someone) => ({
      filter: '',
      order: 'field: CREATED_AT',
      variables: {},
      conditions: `${LIVE} and (created_at, id) > (select created_at, id from everybody where id = $1)`,
      by: 'created_at, id',
      values: [someone.id],
      after: someone,
    }),
  },
  {
    name: 'filtered-page',
    ask: (someone) => ({
      filter: 'directoryId: $directory, state: [INACTIVE]',
      order: 'field: NAME, direction: DESC',
      variables: { directory: someone.directoryId },
      conditions: `state = 'INACTIVE' and directory_id = $1 and (sort_name, id) < (select sort_name, id from everybody where id = $2)`,
      by: 'sort_name desc, id desc',
      values: [someone.directoryId, someone.id],
      after: someone,
    }),
  },
  {
    name: 'email-prefix',
    ask: ({ firstName, lastName }) => {
      const text = `${firstName}.${lastName.slice(0, 3)}`
      return {
        filter: 'emailPrefix: $text',
        order: 'field: EMAIL',
        variables: { text },
        conditions: `${LIVE} and starts_with(email, lower($1))`,
        by: 'sort_email, id',
        values: [text],
      }
    },
  },
  {
    // By family name, and every other time by the whole name.
    name: 'name-search',
    ask: ({ id, firstName, lastName }) => {
      const words = Number(id.at(-1)) % 2 === 0 ? [lastName] : [lastName, firstName]
      return {
        filter: 'search: $text',
        order: 'field: NAME',
        variables: { text: words.join(' ') },
        conditions: `${LIVE} and ${words.map((_, n) => `position(lower($${n + 1}) in search_text) > 0`).join(' and ')}`,
        by: 'sort_name, id',
        values: words,
      }
    },
  },
]

/** How long a page takes among a million users, against ten thousand. */
export const readMillion: Bar = {
  name: 'read-million',
  async run(bench) {
    const { postgres, quick, note } = bench
    const began = performance.now()
    await using few = await open(bench, await createCrowd(postgres, 10_000))
    await using many = await open(bench, await createCrowd(postgres, quick ? 200_000 : 1_000_000))
    note(`${many.crowd.users.toLocaleString('en')} users after ${Math.round((performance.now() - began) / 1_000)} s`)
    const rows = []
    for (const kind of KINDS) {
      await mustBeRight(bench, kind, few)
      await mustBeRight(bench, kind, many)
      const pairs = await alternate(quick ? 3 : 7, timed(bench, kind, many), timed(bench, kind, few))
      rows.push(
        toRow(
          { name: `read-million-${kind.name}`, rival: '10,000 users', goal: 1.5, better: 'smaller', unit: 'ms' },
          pairs,
        ),
      )
    }
    return rows
  },
}

interface Opened extends AsyncDisposable {
  readonly crowd: Crowd
  readonly port: number
  readonly headers: Record<string, string>
  /** Returns somebody whom no query was about before, so that no answer is cached. */
  next(): Promise<Someone>
}

async function open(bench: Bench, crowd: Crowd): Promise<Opened> {
  const key = await issueKey(bench, crowd.database, organizationId)
  const server = await startRollcall(bench, crowd.database)
  let turn = 0
  return {
    crowd,
    port: server.port,
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` },
    next: () => crowd.someone((turn += 1)),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await crowd.close()
    },
  }
}

/** One round: the median over the pages, in milliseconds. */
function timed({ note, quick }: Bench, kind: Kind, opened: Opened): () => Promise<number> {
  return async () => {
    const requests: Buffer[] = []
    for (let n = 0; n < (quick ? 20 : 60); n += 1) {
      const body = await bodyOf(kind.ask(await opened.next()), opened)
      requests.push(wire('POST', '/graphql', opened.headers, body))
    }
    const connection = await openConnection(opened.port)
    const took: number[] = []
    for (const request of requests) {
      const began = performance.now()
      mustBeGood(await connection.send(request))
      took.push(performance.now() - began)
    }
    connection.close()
    const [half, slow] = [median(took), quantile(took, 0.9)]
    note(
      `${kind.name} of ${opened.crowd.users.toLocaleString('en')}: ${half.toFixed(2)} ms, one in ten over ${slow.toFixed(2)} ms`,
    )
    return half
  }
}

/** Throws unless pages hold the users that PostgreSQL says they must. */
async function mustBeRight({ note }: Bench, kind: Kind, opened: Opened): Promise<void> {
  const [pages, wanted]: [string[][], string[][]] = [[], []]
  for (let n = 0; n < 6; n += 1) {
    const question = kind.ask(await opened.next())
    const { nodes } = await pageOf(await bodyOf(question, opened), opened)
    pages.push(nodes.map((node) => node.id))
    wanted.push(await opened.crowd.ids(question.conditions, question.by, question.values))
  }
  mustAnswerTheSame(note, { who: 'ours', answers: pages }, { who: 'PostgreSQL without indexes', answers: wanted })
  if (pages.every((ids) => ids.length === 0)) throw new Error(`${kind.name} has found nobody`)
}

async function bodyOf({ filter, order, variables, after }: Question, opened: Opened): Promise<string> {
  return queryBody(filter, order, variables, after === undefined ? null : await cursorOf(after, order, opened))
}

// A cursor encodes a position in an order: any list that contains somebody yields theirs.
async function cursorOf({ email, id }: Someone, order: string, opened: Opened): Promise<string> {
  const filter = 'email: $email, state: [ACTIVE, INACTIVE, DELETED]'
  const { nodes, edges } = await pageOf(queryBody(filter, order, { email }, null), opened)
  const place = nodes.findIndex((node) => node.id === id)
  return edges[place]!.cursor
}

const TYPES: Readonly<Record<string, string>> = { directory: 'ID!', text: 'String!', email: 'String!' }

function queryBody(
  filter: string,
  order: string,
  variables: Readonly<Record<string, string>>,
  after: string | null,
): string {
  const declared = [...Object.keys(variables).map((name) => `$${name}: ${TYPES[name]}`), '$after: String']
  const query = `query (${declared.join(', ')}) {
    directoryUsers(first: 50, after: $after, filter: { ${filter} }, orderBy: { ${order} }) {
      nodes { id name email state }
      edges { cursor }
    }
  }`
  return JSON.stringify({ query, variables: { ...variables, after } })
}

interface Page {
  readonly nodes: readonly { readonly id: string }[]
  readonly edges: readonly { readonly cursor: string }[]
}

async function pageOf(body: string, { port, headers }: Opened): Promise<Page> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })
  const text = await response.text()
  if (response.status !== 200 || text.includes('"errors":'))
    throw new Error(`${response.status}: ${text.slice(0, 600)}`)
  return (JSON.parse(text) as { data: { directoryUsers: Page } }).data.directoryUsers
}
