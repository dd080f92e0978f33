// Follows every change, and goes on where it stopped: the cursor of the last change is kept in a file.
//   ROLLCALL_URL=http://127.0.0.1:3000/graphql ROLLCALL_KEY=rck_… npm run example:follow
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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
    }
  }
`)

const url = process.env.ROLLCALL_URL ?? 'http://127.0.0.1:3000/graphql'
const key = process.env.ROLLCALL_KEY
const file = 'rollcall.cursor'

const client = createClient({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: key === undefined ? {} : { authorization: `Bearer ${key}` },
})

/** Here goes what your product does. Do it, then keep the cursor: a change may come twice if you stop in between. */
function handle(change: FollowSubscription['changes']): void {
  console.log(change)
}

// A connection that is lost is begun anew, after the last change that was dealt with.
for (;;) {
  const after = existsSync(file) ? readFileSync(file, 'utf8') : null
  try {
    for await (const { data, errors } of client.iterate<FollowSubscription>({
      query: print(Follow),
      variables: { after },
    })) {
      if (errors !== undefined) throw new Error(errors.map((error) => error.message).join('; '))
      if (data == null) continue
      handle(data.changes)
      writeFileSync(file, data.changes.cursor)
    }
  } catch (error) {
    console.error(error)
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000))
}
