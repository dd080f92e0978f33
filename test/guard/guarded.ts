// A server with people in a directory, for the guard: told by signed webhooks, looked at and decided on through
// GraphQL.
import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/transaction.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { lockDirectory } from '../../src/db/lock-directories.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { query } from '../support/client.ts'
import { event, group, member, user } from '../support/events.ts'

const Approve = graphql(`
  mutation GuardApprove($directoryId: ID!) {
    approveHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on HeldChanges {
        events
        syncRun {
          id
        }
      }
      ... on Error {
        message
      }
    }
  }
`)
const Reject = graphql(`
  mutation GuardReject($directoryId: ID!) {
    rejectHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on HeldChanges {
        events
        syncRun {
          id
        }
      }
      ... on Error {
        message
      }
    }
  }
`)
const Limits = graphql(`
  mutation GuardLimits($directoryId: ID!, $minimum: Int, $percent: Int) {
    updateDirectoryGuard(input: { directoryId: $directoryId, minimum: $minimum, percent: $percent }) {
      __typename
    }
  }
`)
const HeldEvents = graphql(`
  query GuardHeld($directoryId: ID!) {
    events(first: 100, filter: { status: [HELD], directoryId: $directoryId }) {
      nodes {
        id
      }
    }
  }
`)
const GuardHealth = graphql(`
  query GuardHealth($directoryId: ID!) {
    directory(id: $directoryId) {
      health {
        status
        reasons
        heldChanges
        pendingEvents
      }
    }
  }
`)
const Decisions = graphql(`
  query GuardChanges($directoryId: ID!) {
    changes(
      first: 100
      filter: { directoryId: $directoryId, kinds: [CHANGES_HELD, HELD_CHANGES_APPROVED, HELD_CHANGES_REJECTED] }
    ) {
      nodes {
        source
        actor
        ... on GuardChange {
          kind
          reason
          users
          memberships
          events
        }
      }
    }
  }
`)

export interface Guarded {
  readonly app: TestApp
  readonly key: string
  /** The id of the key: the actor of what is decided. */
  readonly actor: string
  /** A directory of its own. */
  company(name: string): Company
  close(): Promise<void>
}

export interface Company {
  readonly id: string
  /** A user's payload; `u<n>` of this company. */
  person(n: number, fields?: Fields): Fields & { readonly id: string }
  group(name: string): Fields & { readonly id: string }
  /** `hired`, `left`, `changed`, … : the event of a person at that second; its id is `<company>_<what>_<n>`. */
  hired(n: number, at?: number): Told
  left(n: number, at?: number): Told
  deactivated(n: number, at?: number): Told
  renamed(n: number, name: string, at?: number): Told
  joined(group: string, n: number, at?: number): Told
  quit(group: string, n: number, at?: number): Told
  dissolved(group: string, at?: number): Told
  /** Delivers events one after the other, and waits until nothing of each is to be applied any more. */
  tell(...events: readonly Told[]): Promise<void>
  /** The same, but nobody applies any of them before all have come in. */
  tellAtOnce(...events: readonly Told[]): Promise<void>
  limits(minimum: number | null, percent: number | null): Promise<void>
  /** Decides, and gives how many events that was. */
  approve(): Promise<number>
  reject(): Promise<number>
  /** Ids of events that are held, as `events` lists them, without the company's name, sorted. */
  held(): Promise<string[]>
  health(): Promise<{ status: string; reasons: string[]; heldChanges: number; pendingEvents: number }>
  guardChanges(): Promise<object[]>
  /** How many people are in a state. */
  count(state: 'ACTIVE' | 'INACTIVE' | 'DELETED'): Promise<number>
  /** How many memberships are to be seen. */
  memberships(): Promise<number>
  status(event: string): Promise<string>
}

type Fields = Record<string, unknown>
type Told = ReturnType<typeof event>

export const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

export async function startGuarded(options: TestAppOptions = {}): Promise<Guarded> {
  const app = await startTestApp(options)
  const key = await app.key()
  const { id: actor } = await app.db.prisma.apiKey.findFirstOrThrow({ orderBy: { createdAt: 'desc' } })
  return { app, key, actor, company: (name) => companyOf(app, key, name), close: () => app.close() }
}

/** The company as another server sees it: one that shares the database. */
export function companyOf(app: TestApp, key: string, name: string): Company {
  const id = `directory_${name}`
  const variables = { directoryId: id }
  const whose = { directory_id: id }
  const person = (n: number, fields: Fields = {}) => user(`${name}-u${n}`, { ...whose, ...fields })
  const groupOf = (called: string) => group(`${name}-${called}`, { ...whose, name: called })
  const told = (type: string, data: Fields, at: number, what: string) => event(type, data, at, `${name}_${what}`)
  const number = async (text: string, ...values: unknown[]): Promise<number> =>
    (await app.db.pool.query<{ count: number }>(text, [id, ...values])).rows[0]!.count
  const decided = async (answer: { __typename: string }): Promise<number> => {
    assert.equal(answer.__typename, 'HeldChanges', JSON.stringify(answer))
    await app.applied()
    return (answer as unknown as { events: number }).events
  }
  const deliver = async (one: Told) => assert.equal(await app.deliver(one), 200)

  return {
    id,
    person,
    group: groupOf,
    hired: (n, at = 1) => told('dsync.user.created', person(n), at, `hired_${n}`),
    left: (n, at = 100) => told('dsync.user.deleted', person(n, { state: 'inactive' }), at, `left_${n}`),
    deactivated: (n, at = 100) => told('dsync.user.updated', person(n, { state: 'inactive' }), at, `deactivated_${n}`),
    renamed: (n, called, at = 200) =>
      told('dsync.user.updated', person(n, { first_name: called }), at, `renamed_${n}_${called}`),
    joined: (called, n, at = 2) =>
      told('dsync.group.user_added', member(groupOf(called), person(n), id), at, `joined_${called}_${n}`),
    quit: (called, n, at = 100) =>
      told('dsync.group.user_removed', member(groupOf(called), person(n), id), at, `quit_${called}_${n}`),
    dissolved: (called, at = 100) => told('dsync.group.deleted', groupOf(called), at, `dissolved_${called}`),
    async tell(...events) {
      for (const one of events) {
        await deliver(one)
        await app.applied()
      }
    },
    async tellAtOnce(...events) {
      await inTransaction(app.db.pool, async (tx) => {
        await lockDirectory(tx, id)
        await Promise.all(events.map(deliver))
      })
      await app.applied()
    },
    async limits(minimum, percent) {
      await query(app.url, key, Limits, { ...variables, minimum, percent })
    },
    approve: async () => decided((await query(app.url, key, Approve, variables)).approveHeldChanges),
    reject: async () => decided((await query(app.url, key, Reject, variables)).rejectHeldChanges),
    held: async () =>
      (await query(app.url, key, HeldEvents, variables)).events.nodes
        .map((one) => one.id.slice(name.length + 1))
        .sort(),
    health: async () => (await query(app.url, key, GuardHealth, variables)).directory!.health,
    guardChanges: async () => (await query(app.url, key, Decisions, variables)).changes.nodes,
    count: (state) =>
      number('select count(*) from directory_user where directory_id = $1 and state = $2::"DirectoryUserState"', state),
    memberships: () => number('select count(*) from membership where directory_id = $1 and visible'),
    status: async (one) =>
      (await app.db.prisma.inboxEvent.findUniqueOrThrow({ where: { id: `${name}_${one}` } })).status,
  }
}
