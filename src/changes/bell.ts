import type pg from 'pg'
import { Client } from '../db/client.ts'
import { BELL } from './append.ts'

export interface Bell {
  /**
   * Calls `ring` whenever the log may have grown. Calls may be spurious; growth whose notification was lost is noticed
   * at the next poll (`pollMs`). Passes the position that the log has at least reached, if known: a reader that is
   * already there need not read again.
   */
  listen(ring: (position?: number) => void): { close(): void }
  close(): Promise<void>
}

interface BellOptions {
  readonly connectionString: string
  /** Interval in milliseconds at which it rings without a notification, in case one was lost. */
  readonly pollMs?: number
  readonly onError: (error: Error) => void
}

/** A connection that only listens would not notice that its path has gone silent: it is asked something this often. */
const ASK_MS = 10_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/**
 * Listens on a connection of its own, with no transaction pooler in between. A connection that breaks is reopened and
 * rings, since something may have happened meanwhile.
 */
export function createBell({ connectionString, pollMs = 1_000, onError }: BellOptions): Bell {
  const listeners = new Set<(position?: number) => void>()
  let client: pg.Client | null = null
  let pause = FIRST_PAUSE_MS
  let again: NodeJS.Timeout | undefined
  let closed = false
  let isIdle = false // whether it is connected, and nothing is asked

  const ringAll = (position?: number) => {
    for (const ring of listeners) ring(position)
  }

  async function connect(): Promise<void> {
    const next: pg.Client = new Client({
      connectionString,
      application_name: 'rollcall bell',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    client = next
    next.on('notification', ({ payload }) => ringAll(payload ? Number(payload) : undefined))
    // A broken connection emits `error`, then `end`; one that was never established, neither: see the catch below.
    next.on('error', onError)
    next.on('end', reconnect)
    try {
      await next.connect()
      await next.query(`listen ${BELL}`)
      pause = FIRST_PAUSE_MS
      isIdle = true
      ringAll()
    } catch (error) {
      onError(error as Error)
      next.off('end', reconnect)
      await next.end().catch(onError)
      reconnect()
    }
  }

  function reconnect(): void {
    isIdle = false
    if (closed) return
    clearTimeout(again)
    again = setTimeout(() => void connect(), pause)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }

  const poll = setInterval(() => ringAll(), pollMs)
  const asking = setInterval(() => {
    if (!isIdle) return
    isIdle = false
    client!.query('select').then(
      () => void (isIdle = true),
      () => {}, // it has broken, and says so itself
    )
  }, ASK_MS)
  const connecting = connect()
  return {
    listen(ring) {
      listeners.add(ring)
      return { close: () => void listeners.delete(ring) }
    },
    async close() {
      closed = true
      clearInterval(poll)
      clearInterval(asking)
      clearTimeout(again)
      listeners.clear()
      await connecting
      await client?.end()
    },
  }
}
