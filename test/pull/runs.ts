// What people ask of runs, and what WorkOS is kept from answering meanwhile.
import { onTestFinished } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { query } from '../support/client.ts'
import type { Harness } from './harness.ts'

export const Resync = graphql(`
  mutation RunResync($input: ResyncDirectoryInput!) {
    resyncDirectory(input: $input) {
      __typename
      ... on SyncRun {
        id
        kind
        state
        dryRun
        requestedBy
        directory {
          id
        }
      }
      ... on NotFoundError {
        message
      }
      ... on ConflictError {
        message
      }
      ... on ForbiddenError {
        requiredScope
      }
    }
  }
`)

export const Cancel = graphql(`
  mutation RunCancel($id: ID!) {
    cancelSyncRun(input: { id: $id }) {
      __typename
      ... on SyncRun {
        id
        state
        finishedAt
      }
      ... on ConflictError {
        message
      }
    }
  }
`)
export const Approve = graphql(`
  mutation RunApprove($directoryId: ID!) {
    approveHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on HeldChanges {
        events
        syncRun {
          id
          state
          approvedBy
        }
      }
      ... on ConflictError {
        message
      }
    }
  }
`)
export const Reject = graphql(`
  mutation RunReject($directoryId: ID!) {
    rejectHeldChanges(input: { directoryId: $directoryId }) {
      __typename
      ... on HeldChanges {
        events
        syncRun {
          id
          state
        }
      }
      ... on ConflictError {
        message
      }
    }
  }
`)

export async function resync({ app, directoryId }: Harness, key: string, dryRun = false) {
  return (await query(app.url, key, Resync, { input: { directoryId, dryRun } })).resyncDirectory
}

/** The id of a run that is asked for by this. */
export async function requested(pull: Harness, key: string): Promise<string> {
  const run = await resync(pull, key)
  if (run.__typename !== 'SyncRun') throw new Error(JSON.stringify(run))
  return run.id
}

/** Stops the traversal before a page of WorkOS's until it is let go, or the test has finished. */
export function hold(match: string) {
  const original = globalThis.fetch
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  globalThis.fetch = async (...request) => {
    if (new Request(...request).url.includes(match)) {
      reached.resolve()
      await gate.promise
    }
    return original(...request)
  }
  const release = () => {
    globalThis.fetch = original
    gate.resolve()
  }
  onTestFinished(release)
  return { reached: reached.promise, release }
}
