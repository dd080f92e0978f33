import type { Directory as Model } from '../generated/prisma/client.ts'
import type { Counter } from '../stats/counters.ts'
import { quantile } from '../stats/latency.ts'
import type { Point, Window } from '../stats/read-stats.ts'
import { EVERYTHING } from '../stats/tally.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { Directory } from './directory.ts'
import { coded } from './errors.ts'
import { Organization } from './organization.ts'
import type { StatsOf } from './loading/stats-loaders.ts'
import { fillSeries } from './stats-series.ts'
import { DEFAULT_DAYS, laterPart, LONGEST_DAYS, statsWindow } from './stats-window.ts'

const StatsBucket = builder.enumType('StatsBucket', {
  description: 'How fine a series is.',
  values: {
    HOUR: { description: 'A point for each hour.' },
    DAY: { description: 'A point for each day, from midnight to midnight UTC.' },
  } as const,
})

const LatencySummary = builder.objectRef<readonly number[]>('LatencySummary').implement({
  description: 'How long something took, in milliseconds, to within a quarter; null where nothing did.',
  fields: (t) => {
    const share = (part: number, words: string) =>
      t.float({ nullable: true, description: words, resolve: (histogram) => quantile(histogram, part) })
    return {
      p50: share(0.5, 'What half of them took at the most.'),
      p95: share(0.95, 'What 95 of 100 took at the most.'),
      p99: share(0.99, 'What 99 of 100 took at the most.'),
    }
  },
})

const SyncStatsPoint = builder.objectRef<Point>('SyncStatsPoint').implement({
  description: 'What happened in an hour or a day.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the hour or day begins.' }),
    usersCreated: t.exposeInt('usersCreated', { description: 'Users that appeared.' }),
    usersUpdated: t.exposeInt('usersUpdated', { description: 'Changes of users that stayed what they were.' }),
    usersDeleted: t.exposeInt('usersDeleted', { description: 'Users that were deleted.' }),
    groupsCreated: t.exposeInt('groupsCreated', { description: 'Groups that appeared.' }),
    membershipsAdded: t.exposeInt('membershipsAdded', { description: 'Memberships that began to be seen.' }),
    membershipsRemoved: t.exposeInt('membershipsRemoved', { description: 'Memberships that ceased to be seen.' }),
    eventsReceived: t.exposeInt('eventsReceived', { description: 'Events that came in and were settled since.' }),
    eventsFailed: t.exposeInt('eventsFailed', { description: 'Events of that time that could not be applied.' }),
  }),
})

// A window need not be known when an operation is weighed: the longest, which touches one hour or day more than it has.
const MOST_POINTS = { HOUR: LONGEST_DAYS * 24 + 1, DAY: LONGEST_DAYS + 1 }

const SyncStats = builder.objectRef<StatsOf>('SyncStats').implement({
  description:
    'What happened in a window, from sums that are kept by the hour. Changes of users, groups and memberships count in the ' +
    'hour in which they were recorded. Events count in the hour in which they came in, as soon as it is settled what became ' +
    'of them: those that still wait are not in it.',
  fields: (t) => {
    const count = (counter: Counter, description: string) =>
      t.int({ description, resolve: async (of, _args, { loaders }) => (await loaders.stats.totals(of))[counter] })
    return {
      since: t.field({
        type: 'DateTime',
        description: 'The beginning of the first hour that was counted: what was asked for, rounded down to the hour.',
        resolve: ({ window }) => window.since,
      }),
      until: t.field({
        type: 'DateTime',
        description: 'The end of the last hour that was counted: what was asked for, rounded up to the hour.',
        resolve: ({ window }) => window.until,
      }),
      usersCreated: count('usersCreated', 'Users that appeared.'),
      usersUpdated: count('usersUpdated', 'Changes of users that stayed what they were.'),
      usersDeactivated: count('usersDeactivated', 'Users that became inactive.'),
      usersReactivated: count('usersReactivated', 'Users that became active again, or came back after a deletion.'),
      usersDeleted: count('usersDeleted', 'Users that were deleted.'),
      groupsCreated: count('groupsCreated', 'Groups that appeared, or came back after a deletion.'),
      groupsUpdated: count('groupsUpdated', 'Changes of groups, such as another name.'),
      groupsDeleted: count('groupsDeleted', 'Groups that were deleted.'),
      membershipsAdded: count('membershipsAdded', 'Memberships that began to be seen.'),
      membershipsRemoved: count(
        'membershipsRemoved',
        'Memberships that ceased to be seen, also because their user or group was deleted.',
      ),
      eventsReceived: count('eventsReceived', 'Events that came in and were settled since. A replay is not another.'),
      eventsFailed: count(
        'eventsFailed',
        'Events of that time that could not be applied. A replay that fails too is not another.',
      ),
      eventsStale: count('eventsStale', 'Events of which all was older than what was known.'),
      eventsDuplicate: count(
        'eventsDuplicate',
        'Deliveries of webhooks that were there already. Written about once a second: a process that is killed loses those since.',
      ),
      applyLatencyMs: t.field({
        type: LatencySummary,
        description: 'From received to applied, of the events that were applied.',
        resolve: (of, _args, { loaders }) => loaders.stats.latency(of),
      }),
      series: t.field({
        type: [SyncStatsPoint],
        description:
          'The window by hours or days, oldest first, with zeros where nothing happened. A day that the window has only a ' +
          'part of counts that part.',
        args: { bucket: t.arg({ type: StatsBucket, required: true, description: 'Hours or days.' }) },
        complexity: ({ bucket }) => ({ field: 1, multiplier: MOST_POINTS[bucket] }),
        resolve: async (of, { bucket }, { loaders }) =>
          fillSeries(await loaders.stats.series(of, bucket), of.window, bucket),
      }),
    }
  },
})

type ArgBuilder = Parameters<NonNullable<Parameters<typeof builder.queryFields>[0]>>[0]['arg']

const windowArguments = (arg: ArgBuilder) => ({
  since: arg({
    type: 'DateTime',
    description: `The beginning, at most ${LONGEST_DAYS} days before the end; ${DEFAULT_DAYS} days before it where none is given.`,
  }),
  until: arg({ type: 'DateTime', description: 'The end; now where none is given.' }),
})

builder.objectField(Organization, 'syncStats', (t) =>
  t.field({
    type: SyncStats,
    description: 'What happened in its directories, also in deleted ones, since they are known to be its.',
    args: windowArguments(t.arg),
    resolve: ({ id }, args, { now }) => ({ owner: id, window: statsWindow(args, now()) }),
  }),
)

const SINCE_OWNED =
  "Of one that was another organization's before, who is bound to an organization is told from the first whole hour on since " +
  'that is known.'

builder.objectField(Directory, 'syncStats', (t) =>
  t.field({
    type: SyncStats,
    description: `What happened in it. ${SINCE_OWNED}`,
    args: windowArguments(t.arg),
    resolve: (directory, args, context) => ofDirectory(context, directory, statsWindow(args, context.now())),
  }),
)

// The hour in which the directory came holds numbers of both owners (law 8).
function ofDirectory({ viewer }: Context, { id, foreignNotedAt }: Model, window: Window): StatsOf {
  const isWhole = viewer.organizationId === null || foreignNotedAt === null
  return { owner: id, window: isWhole ? window : laterPart(window, foreignNotedAt) }
}

/** Throws the same for what is not there and for what the viewer may not see (law 8). */
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
  return coded('NOT_FOUND', `There is no such ${what}, or none that you may see`, { path: [`${what}Id`] })
}

builder.queryField('syncStats', (t) =>
  t.field({
    type: SyncStats,
    description: `What happened in a directory, in an organization, or in everything that you may see. ${SINCE_OWNED}`,
    args: {
      organizationId: t.arg.id({ description: 'In this organization.' }),
      directoryId: t.arg.id({ description: 'In this directory; of the organization, where one is given too.' }),
      ...windowArguments(t.arg),
    },
    resolve: (_root, { organizationId, directoryId, ...args }, context) =>
      statsOf(context, statsWindow(args, context.now()), organizationId, directoryId),
  }),
)
