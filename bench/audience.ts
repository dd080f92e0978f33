import { setTimeout as sleep } from 'node:timers/promises'
import { appendChanges, type ChangeDraft } from '../src/changes/append.ts'
import { openDatabase } from '../src/db/database.ts'
import { inTransaction } from '../src/db/transaction.ts'
import type { Bench } from './bench.ts'
import { startChild, type Child } from './child.ts'
import { openConnection, wire } from './connection.ts'
import { gather, type Crowd } from './crowd/gather.ts'
import { mustBeGood } from './load.ts'
import { issueKey, startRollcall } from './rollcall.ts'
import { directoryOf, organizationId, userId, USERS } from './seed.ts'

export const AUDIENCE = 10_000

/** A server with an audience of 10,000 sockets. */
export interface Audience extends AsyncDisposable {
  readonly server: Child
  readonly crowd: Crowd
}

const DOCUMENT = `
  subscription Changes($filter: ChangeFilter) {
    changes(filter: $filter) {
      __typename
      id
      cursor
      occurredAt
      ... on DirectoryUserChange {
        kind
        changedFields
        directoryUser {
          id
          name
          email
          state
        }
      }
    }
  }`

/** Inspects a server before its audience arrives; can let others in first. */
type Look = (pid: number, come: (count: number) => Promise<Crowd>) => Promise<void>
const lookAway: Look = async () => {}

/**
 * Starts the server under test with sockets that follow the changes matching one of `filters`, in turns; all have
 * subscribed.
 */
export async function followRollcall(
  bench: Bench,
  database: string,
  filters: readonly object[],
  look = lookAway,
): Promise<Audience> {
  const server = await startRollcall(bench, database)
  const key = await issueKey(bench, database, organizationId)
  const metricsKey = await issueKey(bench, database, null, ['metrics:read'])
  const come = (count: number) =>
    gather({
      port: server.port,
      path: '/graphql',
      count,
      hello: { type: 'connection_init', payload: { authorization: `Bearer ${key}` } },
      subscriptions: filters.map((filter) => ({ query: DOCUMENT, variables: { filter } })),
    })
  await look(server.pid, come)
  const crowd = await come(AUDIENCE)
  await following(server.port, metricsKey)
  return audience(server, crowd)
}

/** Starts the rival with sockets that send nothing. */
export async function followRival(look = lookAway): Promise<Audience> {
  const server = await startChild('./rivals/send-to-all.ts')
  const come = (count: number) => gather({ port: server.port, path: '/', count, hello: null, subscriptions: [] })
  await look(server.pid, come)
  const crowd = await come(AUDIENCE)
  return audience(server, crowd)
}

function audience(server: Child, crowd: Crowd): Audience {
  return {
    server,
    crowd,
    async [Symbol.asyncDispose]() {
      await crowd[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function following(port: number, key: string): Promise<void> {
  const connection = await openConnection(port)
  try {
    let count = 0
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
      const reply = await connection.send(wire('GET', '/metrics', { authorization: `Bearer ${key}` }))
      mustBeGood(reply)
      count = Number(/^rollcall_feed_subscribers (\d+)$/m.exec(reply.bytes.toString())?.[1])
      if (count === AUDIENCE) return
    }
    throw new Error(`Only ${count} could subscribe in time`)
  } finally {
    connection.close()
  }
}

/** What an audience received, and how long that took. */
export interface Told {
  readonly ms: number
  readonly text: string
}

/** Changes users of the seed, as applying events does. */
export interface Changer extends AsyncDisposable {
  /**
   * Gives a user another name. The milliseconds are from requesting the commit until the last of `listeners` sockets
   * has received the change; throws if they receive another name.
   */
  change(crowd: Crowd, listeners: number, user: number): Promise<Told>
}

export function openChanger({ postgres }: Bench, database: string): Changer {
  const db = openDatabase({
    connectionString: postgres.url(database),
    size: 1,
    onIdleError: (error) => process.stderr.write(`${error.message}\n`),
  })
  let version = 0
  return {
    async change(crowd, listeners, user) {
      version += 1
      const name = `Ada Lovelace ${version}`
      const { heard } = await crowd.expect(listeners)
      const began = await inTransaction(db.pool, async (tx) => {
        await tx.query('update directory_user set name = $2 where id = $1', [userId(user), name])
        await appendChanges(tx, [nameChanged(user, version)])
        return process.hrtime.bigint()
      })
      const { at, text } = await heard
      if (!text.includes(`"name":"${name}"`)) throw new Error(`Instead of ${name} they were told ${text}`)
      return { ms: Number(at - began) / 1e6, text }
    },
    [Symbol.asyncDispose]: () => db.close(),
  }
}

const nameChanged = (user: number, version: number): ChangeDraft => ({
  kind: 'DIRECTORY_USER_UPDATED',
  directoryId: directoryOf(user, USERS),
  organizationId,
  directoryUserId: userId(user),
  directoryGroupId: null,
  changedFields: ['name'],
  previous: { name: `Ada Lovelace ${version - 1}` },
  source: 'WEBHOOK',
  eventId: null,
  occurredAt: new Date(),
})

/** Has the rival send these bytes to everybody: measured from the request until the last has received them. */
export async function sendToAll({ server, crowd }: Audience, text: string): Promise<Told> {
  const connection = await openConnection(server.port)
  try {
    const request = wire('POST', '/', {}, text)
    const { heard } = await crowd.expect(AUDIENCE)
    const began = process.hrtime.bigint()
    mustBeGood(await connection.send(request))
    const { at, text: told } = await heard
    if (told !== text) throw new Error(`Instead of ${text} they were told ${told}`)
    return { ms: Number(at - began) / 1e6, text }
  } finally {
    connection.close()
  }
}
