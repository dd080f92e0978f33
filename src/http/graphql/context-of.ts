import type { Viewer } from '../../auth/viewer.ts'
import type { CredentialWatch } from '../../auth/watch-credentials.ts'
import type { Lease } from '../../changes/lease.ts'
import type { Context } from '../../graphql/context.ts'
import { coded } from '../../graphql/errors.ts'
import { createLoaders } from '../../graphql/loading/loaders.ts'

interface ContextOptions {
  readonly watch: CredentialWatch
  /** The context that all operations share. */
  readonly shared: Omit<Context, 'viewer' | 'loaders' | 'page' | 'open' | 'concerned'>
  /** Aborted when the server shuts down. */
  readonly closing: AbortSignal
}

/** What a socket provides to its operations. */
export interface Given {
  readonly open?: () => Lease
  /** Replaces the feed. */
  readonly feed?: Context['feed']
}

/** The context of one operation; see `letGo`. */
export type ContextOf = (viewer: Viewer, given?: Given) => Context

export function createContextOf({ watch, shared, closing }: ContextOptions): ContextOf {
  // An event stream outlives the check of its credential, so the credential is watched as long as the stream is open.
  function openStream(viewer: Viewer): Lease {
    const ended = new AbortController()
    const watching = watch.watch(viewer, () =>
      ended.abort(coded('UNAUTHENTICATED', 'The credential was revoked or has expired')),
    )
    return { signal: AbortSignal.any([ended.signal, closing]), close: () => watching.close() }
  }

  return (viewer, { open = () => openStream(viewer), feed = shared.feed } = {}) => {
    const concerned = new Set<string>()
    const { db, counts } = shared
    const loaders = createLoaders({ db, counts, viewer, concerned })
    return { ...shared, feed, viewer, open, concerned, loaders, page: null }
  }
}

/**
 * Clears the loaders once an operation ends. Pothos keeps per-context state in a WeakMap, which makes V8 promote
 * everything reachable from the context to old space: a third of all that requests allocated, which cost a fifth of the
 * time (--trace-gc).
 */
export function letGo(context: Context): void {
  ;(context as { loaders: Context['loaders'] | null }).loaders = null
}
