import type { Viewer } from '../../auth/viewer.ts'
import type { CredentialWatch } from '../../auth/watch-credentials.ts'
import type { Lease } from '../../changes/feed.ts'
import type { Context } from '../../graphql/context.ts'
import { coded } from '../../graphql/errors.ts'
import { createLoaders } from '../../graphql/loading/loaders.ts'

export interface ContextOptions {
  readonly watch: CredentialWatch
  /** What all operations share. */
  readonly shared: Omit<Context, 'viewer' | 'loaders' | 'page' | 'open' | 'concerned'>
  /** Aborted when the server shuts down. */
  readonly closing: AbortSignal
}

/** What a socket brings to its operations. */
export interface Given {
  readonly open?: () => Lease
  /** What stands for the feed. */
  readonly feed?: Context['feed']
}

/** The context of one operation; see `letGo`. */
export type ContextOf = (viewer: Viewer, given?: Given) => Context

export function createContextOf({ watch, shared, closing }: ContextOptions): ContextOf {
  // A stream of events outlives the check of its credential: it is watched for as long as it flows.
  function openStream(viewer: Viewer): Lease {
    const ended = new AbortController()
    const watching = watch.watch(viewer, () =>
      ended.abort(coded('UNAUTHENTICATED', 'The credential was revoked or has expired')),
    )
    return { signal: AbortSignal.any([ended.signal, closing]), close: () => watching.close() }
  }

  return (viewer, { open = () => openStream(viewer), feed = shared.feed } = {}) => {
    const concerned = new Set<string>()
    const loaders = createLoaders(shared.db, viewer, {}, concerned)
    return { ...shared, feed, viewer, open, concerned, loaders, page: null }
  }
}

/**
 * Lets go of what an operation has loaded, once it has ended. Pothos remembers by a WeakMap what it has found out about
 * a context, and what hangs on a key of one V8 takes for alive until it collects old garbage: a third of all that was
 * made for requests it moved there first (--trace-gc), which took a fifth of the time.
 */
export function letGo(context: Context): void {
  ;(context as { loaders: Context['loaders'] | null }).loaders = null
}
