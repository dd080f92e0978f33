import type { EventChoice, TakenEvents } from '../operations/event-actions.ts'
import { act } from './act.ts'
import { builder } from './builder.ts'
import { choiceIssues, MAX_IDS } from './choice-issues.ts'
import type { Context } from './context.ts'
import { ForbiddenError, ValidationError } from './errors.ts'
import { directoriesOf, Event, EventFilter } from './event.ts'
import { REASON, reasonIssues } from './reason.ts'
import { requireScope } from './require-scope.ts'

const MAX_SHOWN = 100

const EventBatch = builder.objectRef<TakenEvents>('EventBatch').implement({
  description: 'Events that were replayed or discarded.',
  fields: (t) => ({
    count: t.int({ description: 'How many, at most 10,000.', resolve: ({ ids }) => ids.length }),
    hasMore: t.exposeBoolean('hasMore', {
      description: 'Whether more remain, beyond the limit: repeat the request.',
    }),
    events: t.field({
      type: [Event],
      nullable: true,
      // They hold payloads and lead to their directories.
      authScopes: { $all: { scope: 'events:read', $any: { scope: 'directory:read' } } },
      complexity: { field: 1, multiplier: MAX_SHOWN },
      description: `The oldest ${MAX_SHOWN} of them. Needs the scopes \`events:read\` and \`directory:read\`.`,
      resolve: async ({ ids }, _args, { loaders }) => {
        const events = await Promise.all(ids.slice(0, MAX_SHOWN).map((id) => loaders.event.load(id)))
        return events.filter((event) => event !== null)
      },
    }),
  }),
})

const ids =
  `These events, at most ${MAX_IDS.toLocaleString('en')}. Those in another status, or that you cannot ` +
  'see, are skipped.'

const ReplayEventsInput = builder.inputType('ReplayEventsInput', {
  description: 'Which events to apply again: exactly one of `ids`, `filter` and `all`.',
  fields: (t) => ({
    ids: t.idList({ description: ids }),
    filter: t.field({
      type: EventFilter,
      description: 'The matching events: FAILED ones, and DISCARDED ones if `status` names them.',
    }),
    all: t.boolean({ description: 'Every FAILED event you can see.' }),
  }),
})

const DiscardEventsInput = builder.inputType('DiscardEventsInput', {
  description: 'Which events not to apply: exactly one of `ids` and `filter`.',
  fields: (t) => ({
    ids: t.idList({ description: ids }),
    filter: t.field({
      type: EventFilter,
      description: 'The matching events: FAILED ones, and HELD ones if `status` names them.',
    }),
    reason: t.string({ required: true, description: REASON }),
  }),
})

type Status = EventChoice['statuses'][number]

interface Asked {
  readonly ids?: readonly string[] | null | undefined
  readonly filter?: typeof EventFilter.$inferInput | null | undefined
  readonly all?: boolean | null | undefined
}

/** Returns the requested events, restricted to those the viewer may see (law 8). */
async function choiceOf(context: Context, { ids, filter }: Asked, statuses: readonly Status[]): Promise<EventChoice> {
  const { status, type, directoryId, organizationId, receivedAfter } = filter ?? {}
  const directories = await directoriesOf(context, directoryId, organizationId)
  const boundTo = context.viewer.organizationId
  return {
    ...(ids != null && { ids }),
    statuses: ids != null ? statuses : ((status as readonly Status[] | null | undefined) ?? ['FAILED']),
    ...(type != null && { types: type }),
    ...(directories !== null && { directoryIds: directories.map(({ id }) => id) }),
    ...(boundTo !== null && { ownerId: boundTo }),
    ...(receivedAfter != null && { receivedAfter }),
  }
}

builder.mutationFields((t) => ({
  replayEvents: t.field({
    type: EventBatch,
    description:
      'Replays events that failed or were discarded, oldest first, at most 10,000. What they already changed does ' +
      'not change again. Use `approveHeldChanges` for HELD ones; the guard checks rejected ones again. Needs the ' +
      'scope `events:write`.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'ReplayEventsResult', description: 'The events, or why nothing was done.' },
    },
    args: { input: t.arg({ type: ReplayEventsInput, required: true, description: 'Which ones.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'events:write')
      const statuses: readonly Status[] = ['FAILED', 'DISCARDED']
      const issues = choiceIssues(input, { ways: 'ids, filter and all', what: 'events', statuses })
      if (issues.length > 0) throw new ValidationError(...issues)
      const choice = await choiceOf(context, input, statuses)
      return act(context, ({ replayEvents }) => replayEvents(choice, context.viewer.id))
    },
  }),
  discardEvents: t.field({
    type: EventBatch,
    description:
      'Discards events so that they are not applied, at most 10,000. A replay brings them back; events that waited ' +
      'behind HELD ones are applied. Needs the scope `events:write`.',
    errors: {
      types: [ValidationError, ForbiddenError],
      union: { name: 'DiscardEventsResult', description: 'The events, or why nothing was done.' },
    },
    args: {
      input: t.arg({ type: DiscardEventsInput, required: true, description: 'Which events to discard, and why.' }),
    },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'events:write')
      const statuses: readonly Status[] = ['FAILED', 'HELD']
      const chosen = choiceIssues(input, { ways: 'ids and filter', what: 'events', statuses })
      const issues = [...chosen, ...reasonIssues(input.reason)]
      if (issues.length > 0) throw new ValidationError(...issues)
      const choice = await choiceOf(context, input, statuses)
      return act(context, ({ discardEvents }) => discardEvents(choice, input.reason.trim(), context.viewer.id))
    },
  }),
}))
