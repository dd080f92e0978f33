import { startSessionRevoker } from '../accounts/session-revoker.ts'
import { createReceiver } from '../inbox/receive.ts'
import { startWorker } from '../inbox/worker.ts'
import { logApplied } from '../log/log-applied.ts'
import { logUnread } from '../log/log-unread.ts'
import { startOutbound } from '../outbound/outbound.ts'
import { startPull } from '../pull/start-pull.ts'
import { startRetention } from '../retention/retention.ts'
import { createLateCounts } from '../stats/late-counts.ts'
import { createMappingUpdates } from '../sync/update-attribute-mapping.ts'
import type { Base } from './base.ts'
import type { Workos } from './connect-workos.ts'
import type { Feeds } from './open-feeds.ts'

/** Starts the background work: receiving, applying, pulling, sending, purging. */
export function startWork(base: Base, workos: Workos, { bell, tail, cursors }: Feeds) {
  const { config, db, log, metrics, now, onError, shutdown } = base
  const common = { db, now, closing: shutdown.signal }

  const lateCounts = createLateCounts({ db: db.pool, onError: onError('statistics') })
  shutdown.add(() => lateCounts.close())
  const worker = startWorker({
    db,
    now,
    complete: workos.complete,
    log: metrics.events.measured(logApplied(log)),
    expect: (appended) => tail.expect(appended),
    guard: config.sync.guard,
    ...config.apply,
  })
  shutdown.add(() => worker.close())
  const outbound = startOutbound({
    ...config.outbound,
    ...common,
    bell,
    cursors,
    report: (attempt) => log.info(attempt, 'webhook sent'),
    onError: onError('outbound webhooks'),
  })
  shutdown.add(() => outbound.close())
  const mappings = createMappingUpdates({
    db,
    bell,
    now,
    nudge: worker.nudge,
    onError: onError('attribute mappings'),
  })
  shutdown.add(() => mappings.close())
  const revoker = startSessionRevoker({
    db: db.pool,
    endSessions: workos.endSessions,
    closing: shutdown.signal,
    onError: onError('sessions'),
  })
  shutdown.add(() => revoker.close())
  bell.listen(() => revoker.nudge())
  const retention = startRetention({ ...config.retention, ...common, onError: onError('retention') })
  shutdown.add(() => retention.close())
  const pull = startPull({
    ...common,
    api: workos.api,
    catchUp: config.catchUp,
    sync: config.sync,
    onStored: worker.nudge,
    onReceipt: metrics.events.received,
    onUnread: logUnread(log),
    onError,
  })
  shutdown.add(() => pull.close())
  const receiver = createReceiver(db.pool, {
    source: 'WEBHOOK',
    now,
    onStored: (directoryIds) => {
      worker.nudge(directoryIds)
      pull.catchUp() // if one delivery came, another may have been lost
    },
    count: lateCounts.count,
    onReceipt: metrics.events.received,
  })
  return { worker, outbound, mappings, pull, receiver }
}

export type Work = ReturnType<typeof startWork>
