import { mustAnswerTheSame } from './answered.ts'
import type { Bench } from './bench.ts'
import { wire } from './connection.ts'
import { saturate } from './load.ts'
import { issueKey, startRollcall } from './rollcall.ts'
import { DIRECTORIES, directoryId, organizationId } from './seed.ts'

/** A person in the form in which all answers are compared. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly state: string
  readonly groups: readonly { readonly id: string; readonly name: string }[]
}

interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** A server that is queried for the first 50 people of a directory, and how to query it. */
export interface Asked {
  readonly name: string
  readonly port: number
  readonly requestFor: (directoryId: string) => Request
  readonly read: (answer: unknown) => Person[]
}

const QUERY = `
  query People($directoryId: ID!) {
    directoryUsers(filter: { directoryId: $directoryId, state: [ACTIVE] }, first: 50) {
      nodes {
        id
        name
        email
        state
        groups {
          nodes {
            id
            name
          }
        }
      }
    }
  }`

interface Answer {
  data: { directoryUsers: { nodes: (Omit<Person, 'groups'> & { groups: { nodes: Person['groups'] } })[] } }
}

/** Starts the server under test, with a key bound to an organization: tenancy is part of what is measured. */
export async function askRollcall(bench: Bench, database: string): Promise<Asked & AsyncDisposable> {
  const key = await issueKey(bench, database, organizationId)
  const server = await startRollcall(bench, database)
  return {
    name: 'ours',
    port: server.port,
    requestFor: (directoryId) => ({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: QUERY, variables: { directoryId } }),
    }),
    read: (answer) =>
      (answer as Answer).data.directoryUsers.nodes.map(({ groups, ...user }) => ({ ...user, groups: groups.nodes })),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Throws unless both return the same for every directory, and what was requested. */
export async function mustAgree({ note }: Bench, ours: Asked, theirs: Asked): Promise<void> {
  const all = async (asked: Asked) => {
    const answers: Person[][] = []
    for (let n = 0; n < DIRECTORIES; n += 1) answers.push(await ask(asked, directoryId(n)))
    return { who: asked.name, answers }
  }
  const [mine, others] = [await all(ours), await all(theirs)]
  mustAnswerTheSame(note, mine, others)
  if (mine.answers.some((people) => people.length !== 50 || people.some(({ groups }) => groups.length !== 3)))
    throw new Error('Both must give 50 users with 3 groups each')
}

async function ask({ port, requestFor, read }: Asked, directoryId: string): Promise<Person[]> {
  const { method, path, headers, body } = requestFor(directoryId)
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: body ?? null })
  const text = await response.text()
  if (response.status !== 200 || text.includes('"errors":'))
    throw new Error(`${response.status}: ${text.slice(0, 600)}`)
  return read(JSON.parse(text))
}

const CONNECTIONS = 16

export const roundMs = ({ quick }: Bench) => (quick ? 1_500 : 4_000)

/** One round: requests per second. Directories take turns, so that consecutive answers differ. */
export function contest(bench: Bench, asked: Asked): () => Promise<number> {
  const requests = Array.from({ length: DIRECTORIES }, (_, n) => requestOf(asked, n))
  let turn = 0
  return roundOf(bench, asked, () => requests[(turn += 1) % requests.length]!)
}

/**
 * The same, but no request comes twice: each has a number among its extensions, which nobody reads. Cached answers are
 * then of no use, but cached queries are.
 */
export function contestAnew(bench: Bench, asked: Asked): () => Promise<number> {
  let turn = 0
  return roundOf(bench, asked, () => requestOf(asked, (turn += 1) % DIRECTORIES, turn))
}

function requestOf(asked: Asked, n: number, number?: number): Buffer {
  const { method, path, headers, body } = asked.requestFor(directoryId(n))
  const numbered = number === undefined ? body : body?.replace(/}$/, `,"extensions":{"n":${number}}}`)
  return wire(method, path, headers, numbered)
}

function roundOf(bench: Bench, asked: Asked, next: () => Buffer): () => Promise<number> {
  return async () => {
    const rate = await saturate({ port: asked.port, connections: CONNECTIONS, next, ms: roundMs(bench) })
    bench.note(`${asked.name}: ${Math.round(rate)} req/s`)
    return rate
  }
}

export const readRounds = ({ quick }: Bench) => (quick ? 3 : 7)
