import type { Directory as Model } from '../generated/prisma/client.ts'
import type { Counter } from '../stats/counters.ts'
import { quantile } from '../stats/latency.ts'
import type { Point, Window } from '../stats/read-stats.ts'
import { EVERYTHING } from '../stats/tally.ts'
import { builder, type ArgBuilder } from './builder.ts'
import type { Context } from './context.ts'
import { Directory } from './directory.ts'
import { coded } from './errors.ts'
import { Organization } from './organization.ts'
import type { StatsOf } from './loading/stats-loaders.ts'
import { fillSeries } from './stats-series.ts'
import { DEFAULT_DAYS, laterPart, LONGEST_DAYS, statsWindow } from './stats-window.ts'

const StatsBucket = builder.enumType('StatsBucket', {
  description: 'The resolution of a series.',
  values: {
    HOUR: { description: 'One point per hour.' },
    DAY: { description: 'One point per day, from midnight to midnight UTC.' },
  } as const,
})

const LatencySummary = builder.objectRef<readonly number[]>('LatencySummary').implement({
  description: 'Durations in milliseconds, accurate to within a quarter; null if there were none.',
  fields: (t) => {
    const share = (part: number, words: string) =>
      t.float({ nullable: true, description: words, resolve: (histogram) => quantile(histogram, part) })
    return {
      p50: share(0.5, '50th percentile.'),
      p95: share(0.95, '95th percentile.'),
      p99: share(0.99, '99th percentile.'),
    }
  },
})

const SyncStatsPoint = builder.objectRef<Point>('SyncStatsPoint').implement({
  description: 'Activity in one hour or day.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'The beginning of the hour or day.' }),
    usersCreated: t.exposeInt('usersCreated', { description: 'Users that appeared.' }),
    usersUpdated: t.exposeInt('usersUpdated', { description: 'Changes to users that did not change their state.' }),
    usersDeleted: t.exposeInt('usersDeleted', { description: 'Users that were deleted.' }),
    groupsCreated: t.exposeInt('groupsCreated', { description: 'Groups that appeared.' }),
    membershipsAdded: t.exposeInt('membershipsAdded', {
      description: 'Memberships that began or became visible again.',
    }),
    membershipsRemoved: t.exposeInt('membershipsRemoved', {
      description: 'Memberships that ended or were hidden with their user or group.',
    }),
    eventsReceived: t.exposeInt('eventsReceived', { description: 'Events received in that time and settled since.' }),
    eventsFailed: t.exposeInt('eventsFailed', {
      description: 'Events received in that time that could not be applied.',
    }),
  }),
})

// The window may be unknown when the cost is computed, so assume the longest, which touches one more hour or day than
// its length.
const MAX_POINTS = { HOUR: LONGEST_DAYS * 24 + 1, DAY: LONGEST_DAYS + 1 }

const SyncStats = builder.objectRef<StatsOf>('SyncStats').implement({
  description:
    'Activity in a window, from hourly totals. Changes to users, groups and memberships count in the hour they ' +
    'were recorded. Events count in the hour they were received, as soon as their outcome is settled; pending ones ' +
    'are not included.',
  fields: (t) => {
    const count = (counter: Counter, description: string) =>
      t.int({ description, resolve: async (of, _args, { loaders }) => (await loaders.stats.totals(of))[counter] })
    return {
      since: t.field({
        type: 'DateTime',
        description: 'The beginning of the first counted hour: the requested time, rounded down to the hour.',
        resolve: ({ window }) => window.since,
      }),
      until: t.field({
        type: 'DateTime',
        description: 'The end of the last counted hour: the requested time, rounded up to the hour.',
        resolve: ({ window }) => window.until,
      }),
      usersCreated: count('usersCreated', 'Users that appeared.'),
      usersUpdated: count('usersUpdated', 'Changes to users that did not change their state.'),
      usersDeactivated: count('usersDeactivated', 'Users that became inactive.'),
      usersReactivated: count('usersReactivated', 'Users that became active again, or came back after a deletion.'),
      usersDeleted: count('usersDeleted', 'Users that were deleted.'),
      groupsCreated: count('groupsCreated', 'Groups that appeared, or came back after a deletion.'),
      groupsUpdated: count('groupsUpdated', 'Changes to groups, such as a new name.'),
      groupsDeleted: count('groupsDeleted', 'Groups that were deleted.'),
      membershipsAdded: count('membershipsAdded', 'Memberships that began or became visible again.'),
      membershipsRemoved: count(
        'membershipsRemoved',
        'Memberships that ended or were hidden with their user or group.',
      ),
      eventsReceived: count(
        'eventsReceived',
        'Events received in that time and settled since. A replay does not count again.',
      ),
      eventsFailed: count(
        'eventsFailed',
        'Events received in that time that could not be applied. A failed replay does not count again.',
      ),
      eventsStale: count('eventsStale', 'Events that contained only outdated data.'),
      eventsDuplicate: count(
        'eventsDuplicate',
        'Duplicate webhook deliveries. Written about once a second: a killed process loses those since.',
      ),
      applyLatencyMs: t.field({
        type: LatencySummary,
        description: 'The time from receipt to application of applied events.',
        resolve: (of, _args, { loaders }) => loaders.stats.latency(of),
      }),
      series: t.field({
        type: [SyncStatsPoint],
        description:
          'The window by hour or day, oldest first, with zeros if nothing happened. A day only partly in the ' +
          'window counts only that part.',
        args: { bucket: t.arg({ type: StatsBucket, required: true, description: 'Hours or days.' }) },
        complexity: ({ bucket }) => ({ field: 1, multiplier: MAX_POINTS[bucket] }),
        resolve: async (of, { bucket }, { loaders }) =>
          fillSeries(await loaders.stats.series(of, bucket), of.window, bucket),
      }),
    }
  },
})

const windowArguments = (arg: ArgBuilder) => ({
  since: arg({
    type: 'DateTime',
    description: `The beginning, at most ${LONGEST_DAYS} days before the end; defaults to ${DEFAULT_DAYS} days before it.`,
  }),
  until: arg({ type: 'DateTime', description: 'The end; defaults to now.' }),
})

builder.objectField(Organization, 'syncStats', (t) =>
  t.field({
    type: SyncStats,
    description: 'Activity in its directories, including deleted ones, since they are known to belong to it.',
    args: windowArguments(t.arg),
    resolve: ({ id }, args, { now }) => ({ owner: id, window: statsWindow(args, now()) }),
  }),
)

const SINCE_OWNED =
  'For a directory that belonged to another organization before, an organization-bound viewer sees figures from ' +
  'the first whole hour after the directory became its own.'

builder.objectField(Directory, 'syncStats', (t) =>
  t.field({
    type: SyncStats,
    description: `Activity in it. ${SINCE_OWNED}`,
    args: windowArguments(t.arg),
    resolve: (directory, args, context) => ofDirectory(context, directory, statsWindow(args, context.now())),
  }),
)

// The hour in which the directory changed hands holds figures of both owners (law 8).
function ofDirectory({ viewer }: Context, { id, foreignNotedAt }: Model, window: Window): StatsOf {
  const isWhole = viewer.organizationId === null || foreignNotedAt === null
  return { owner: id, window: isWhole ? window : laterPart(window, foreignNotedAt) }
}

/** Throws the same error for what does not exist and for what the viewer may not see (law 8). */
async function statsOf(
  context: Context,
  window: Window,
  organizationId: string | null | undefined,
  directoryId: string | null | undefined,
): Promise<StatsOf> {
  const { viewer, loaders } = context
  const [organization, directory] = await Promise.all([
    organizationId == null ? null : loaders.organization.load(organizationId),
    directoryId == null ? null : loaders.directory.load(directoryId),
  ])
  if (organizationId != null && organization === null) throw notFound('organization')
  if (directoryId != null) {
    if (directory === null || (organization !== null && directory.organizationId !== organization.id))
      throw notFound('directory')
    return ofDirectory(context, directory, window)
  }
  return { owner: organization?.id ?? viewer.organizationId ?? EVERYTHING, window }
}

function notFound(what: 'organization' | 'directory'): Error {
  return coded('NOT_FOUND', `There is no such ${what}, or you cannot see it`, { path: [`${what}Id`] })
}

builder.queryField('syncStats', (t) =>
  t.field({
    type: SyncStats,
    description: `Activity in a directory, in an organization, or in everything you can see. ${SINCE_OWNED}`,
    args: {
      organizationId: t.arg.id({ description: 'In this organization.' }),
      directoryId: t.arg.id({
        description: 'In this directory, which must belong to the organization if one is given too.',
      }),
      ...windowArguments(t.arg),
    },
    resolve: (_root, { organizationId, directoryId, ...args }, context) =>
      statsOf(context, statsWindow(args, context.now()), organizationId, directoryId),
  }),
)
