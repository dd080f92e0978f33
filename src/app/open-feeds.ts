import { createBell } from '../changes/bell.ts'
import { createCursorSeal } from '../changes/cursor.ts'
import { createFeed } from '../changes/feed.ts'
import type { Lease } from '../changes/lease.ts'
import { readCursorKey } from '../changes/read.ts'
import { createTail } from '../changes/tail.ts'
import { createRunWatch, followRun } from '../pull/follow-run.ts'
import { createHealthWatch, followHealth } from '../stats/follow-health.ts'
import type { Base } from './base.ts'

/** Opens what follows changes: the bell, and everything that subscriptions follow. */
export async function openFeeds({ config, connectionString, db, now, onError, shutdown }: Base) {
  const cursors = createCursorSeal(await readCursorKey(db.pool))
  const bell = createBell({ connectionString, onError: onError('bell') })
  shutdown.add(() => bell.close())
  const tail = createTail({ db: db.pool, bell, onError: onError('change log') })
  shutdown.add(() => tail.close())
  const runs = createRunWatch(db, bell, onError('sync runs'))
  shutdown.add(() => runs.close())
  const health = createHealthWatch(db.pool, bell, onError('health'))
  shutdown.add(() => health.close())
  return {
    cursors,
    bell,
    tail,
    feed: createFeed({ db: db.pool, tail, now, maxLag: config.feedMaxLag }),
    followRun: (runId: string, open: () => Lease) => followRun(runs, runId, open),
    followHealth: (directoryId: string, open: () => Lease) => followHealth(health, directoryId, open),
  }
}

export type Feeds = Awaited<ReturnType<typeof openFeeds>>
