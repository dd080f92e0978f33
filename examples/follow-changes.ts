// Follows every change, and resumes where it stopped: the cursor of the last change is kept in rollcall.cursor.
//   ROLLCALL_URL=http://127.0.0.1:3000/graphql ROLLCALL_KEY=rck_… npm run example:follow
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { print } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { graphql } from '../src/generated/operations/index.ts'
import type { FollowSubscription } from '../src/generated/operations/graphql.ts'

const Follow = graphql(`
  subscription Follow($after: String) {
    changes(after: $after) {
      __typename
      cursor
      occurredAt
      ... on DirectoryUserChange {
        userChange: kind
        directoryUserId
        directoryUser {
          email
        }
      }
      ... on MembershipChange {
        membershipChange: kind
        directoryUserId
        directoryGroup {
          name
        }
      }
      ... on UserChange {
        accountChange: kind
        userId
        user {
          externalId
        }
      }
      ... on RoleAssignmentChange {
        roleChange: kind
        userId
        role {
          slug
        }
      }
      ... on DiscontinuityChange {
        reason
      }
    }
  }
`)

type Change = FollowSubscription['changes']

const url = process.env.ROLLCALL_URL ?? 'http://127.0.0.1:3000/graphql'
const key = process.env.ROLLCALL_KEY
const file = 'rollcall.cursor'

const client = createClient({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: key === undefined ? {} : { authorization: `Bearer ${key}` },
  // Reconnects below, after the last change that was handled.
  retryAttempts: 0,
  // On stderr, so that stdout has only changes.
  on: { connected: () => console.error(`Connected to ${url}, waiting for changes`) },
})

/** Your product's code goes here. Handle the change, then save the cursor: if you stop in between, it arrives again. */
function handle(change: Change): void {
  if (change.__typename === 'DiscontinuityChange') readEverythingAnew(change.reason)
  else console.log(change)
}

/** The changes in between are no longer in the log: query the current state you need, then continue. */
function readEverythingAnew(reason: string): void {
  console.log(`Some changes are no longer available (${reason}): read everything again`)
}

async function follow(): Promise<void> {
  const after = existsSync(file) ? readFileSync(file, 'utf8') : null
  const subscription = client.iterate<FollowSubscription>({ query: print(Follow), variables: { after } })
  for await (const { data, errors } of subscription) {
    if (errors !== undefined) throw new Error(errors.map((error) => error.message).join('; '))
    if (data == null) continue
    handle(data.changes)
    writeFileSync(file, data.changes.cursor)
  }
}

/** What graphql-ws throws when the connection ends: the socket's event. */
interface Closed {
  readonly code?: number
  readonly reason?: string
  readonly message?: string
}

/** The credential is invalid or no longer valid: retrying does not help. */
const FORBIDDEN = 4403

for (;;) {
  try {
    await follow()
  } catch (error) {
    const { code, reason, message } = error as Closed
    console.error([code, reason || message || 'The connection failed'].filter(Boolean).join(' '))
    if (code === FORBIDDEN) process.exit(1)
  }
  await sleep(1_000)
}
