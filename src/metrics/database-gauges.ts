import { Counter, Gauge, type Registry } from 'prom-client'
import type { Queryable } from '../db/database.ts'
import { readWorstLags } from '../stats/lag.ts'
import { countNewChanges, readQueues } from './read-queues.ts'

/** Series of directories, at most. */
const MAX_DIRECTORIES = 1_000

interface DatabaseGauges {
  /** Reads what all instances share; before each scrape. */
  refresh(): Promise<void>
}

/** What only the database knows. Every instance reports the same, so it must not be summed over them. */
export function createDatabaseGauges(registry: Registry, db: Queryable, changesAfter: number): DatabaseGauges {
  const registers = [registry]
  const lag = new Gauge({
    name: 'rollcall_directory_lag_seconds',
    help: `How long the oldest event of a directory has waited; 0 if none waits. Only the ${MAX_DIRECTORIES} most delayed directories.`,
    labelNames: ['directory'],
    registers,
  })
  const catchUp = new Gauge({
    name: 'rollcall_catch_up_age_seconds',
    help: 'Time since the Events API was last read to its end; absent if nobody reads it.',
    registers,
  })
  const inbox = new Gauge({
    name: 'rollcall_inbox_events',
    help: 'Events that are pending, failed or held, counted up to a million.',
    labelNames: ['status'],
    registers,
  })
  const runs = new Gauge({
    name: 'rollcall_sync_runs',
    help: 'Sync runs that have not ended, by state.',
    labelNames: ['state'],
    registers,
  })
  const jobs = new Gauge({
    name: 'rollcall_jobs',
    help: 'Jobs that are waiting, running, or given up after their last attempt, counted up to a million.',
    labelNames: ['state'],
    registers,
  })
  const messages = new Gauge({
    name: 'rollcall_outbound_messages_waiting',
    help: 'Pending messages to webhook endpoints, counted up to a million.',
    registers,
  })
  const mails = new Gauge({
    name: 'rollcall_mails_waiting',
    help: 'Mails waiting to be sent, counted up to a million.',
    registers,
  })
  const changes = new Counter({
    name: 'rollcall_changes_total',
    help: 'Changes recorded in the log since this instance started, by kind, from all instances.',
    labelNames: ['kind'],
    registers,
  })
  let counted = changesAfter

  return {
    async refresh() {
      const [lags, queues, recorded] = await Promise.all([
        readWorstLags(db, MAX_DIRECTORIES),
        readQueues(db),
        countNewChanges(db, counted),
      ])
      lag.reset()
      for (const { directoryId, seconds } of lags) lag.set({ directory: directoryId }, seconds)
      if (queues.catchUpSeconds === null) catchUp.remove()
      else catchUp.set(queues.catchUpSeconds)
      for (const [status, count] of Object.entries(queues.inbox)) inbox.set({ status }, count)
      for (const [state, count] of Object.entries(queues.runs)) runs.set({ state }, count)
      for (const [state, count] of Object.entries(queues.jobs)) jobs.set({ state }, count)
      messages.set(queues.messages)
      mails.set(queues.mails)
      counted = recorded.position
      for (const { kind, count } of recorded.kinds) changes.inc({ kind }, count)
    },
  }
}
