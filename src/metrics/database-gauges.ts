import { Counter, Gauge, type Registry } from 'prom-client'
import type { Queryable } from '../db/database.ts'
import { readWorstLags } from '../stats/lag.ts'
import { countNewChanges, readQueues } from './read-queues.ts'

/** Series of directories, at the most. */
const MOST_DIRECTORIES = 1_000

export interface DatabaseGauges {
  /** Reads what all instances share; before each scrape. */
  refresh(): Promise<void>
}

/** What is known of the database alone. Every instance tells the same of it, so it is not to be added up over them. */
export function createDatabaseGauges(registry: Registry, db: Queryable, changesAfter: number): DatabaseGauges {
  const registers = [registry]
  const lag = new Gauge({
    name: 'rollcall_directory_lag_seconds',
    help: `How long the oldest event of a directory has waited; 0 where none waits. The ${MOST_DIRECTORIES} directories that are behind the most.`,
    labelNames: ['directory'],
    registers,
  })
  const catchUp = new Gauge({
    name: 'rollcall_catch_up_age_seconds',
    help: 'Since the Events API was last read to its end; absent where nobody reads it.',
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
    help: 'Jobs that wait, run, or were given up after their last attempt, counted up to a million.',
    labelNames: ['state'],
    registers,
  })
  const messages = new Gauge({
    name: 'rollcall_outbound_messages_waiting',
    help: 'Messages to webhook endpoints that are to be delivered, counted up to a million.',
    registers,
  })
  const mails = new Gauge({
    name: 'rollcall_mails_waiting',
    help: 'Mails that are to be sent, counted up to a million.',
    registers,
  })
  const changes = new Counter({
    name: 'rollcall_changes_total',
    help: 'Changes of the log by kind since this instance was started, whichever instance recorded them.',
    labelNames: ['kind'],
    registers,
  })
  let counted = changesAfter

  return {
    async refresh() {
      const [lags, queues, recorded] = await Promise.all([
        readWorstLags(db, MOST_DIRECTORIES),
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
