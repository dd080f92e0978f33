import { organizationId } from '../seed.ts'
import { DIRECTORY_IDS, toMine, type Nodes, type Shape } from './shape.ts'

export const changes: Shape = {
  name: 'changes',
  ids: [organizationId],
  ours: `query ($id: ID!) {
    changes(filter: { organizationId: $id }, last: 50) { nodes { id recordedAt ... on DirectoryUserChange { user: directoryUser { id name } } } }
  }`,
  theirs: `query ($id: String!) {
    allChanges(condition: { organizationId: $id }, first: 50, orderBy: POSITION_DESC) {
      nodes { position recordedAt directoryUserByUserId { rowId name } }
    }
  }`,
  readOurs: ({ changes }: { readonly changes: Nodes<OurChange> }) => ({
    nodes: changes.nodes.map(({ recordedAt, user }) => ({ recordedAt, user })),
  }),
  readTheirs: ({ allChanges }: { readonly allChanges: Nodes<TheirChange> }) => ({
    nodes: allChanges.nodes
      .map(({ recordedAt, directoryUserByUserId }) => ({
        recordedAt: new Date(recordedAt).toISOString(),
        user: toMine(directoryUserByUserId),
      }))
      .toReversed(),
  }),
}
interface OurChange {
  readonly recordedAt: string
  readonly user: object
}
interface TheirChange {
  readonly recordedAt: string
  readonly directoryUserByUserId: { readonly rowId: string; readonly name: string }
}

export const events: Shape = {
  name: 'events',
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) { events(filter: { directoryId: $id }, first: 50) { nodes { id type status receivedAt } } }`,
  theirs: `query ($id: String!) {
    allInboxEvents(condition: { directoryId: $id }, first: 50, orderBy: RECEIVED_AT_DESC) { nodes { rowId type status receivedAt } }
  }`,
  readOurs: ({ events }: { readonly events: Nodes<unknown> }) => events,
  readTheirs: ({ allInboxEvents }: { readonly allInboxEvents: Nodes<TheirEvent> }) => ({
    nodes: allInboxEvents.nodes.map(({ receivedAt, ...event }) =>
      toMine({ ...event, receivedAt: new Date(receivedAt).toISOString() }),
    ),
  }),
}
interface TheirEvent {
  readonly rowId: string
  readonly receivedAt: string
}

export const allEvents: Shape = {
  ...events,
  name: 'all-events',
  ids: [organizationId],
  ours: `query ($id: ID!) { events(filter: { organizationId: $id }, first: 50) { nodes { id type status receivedAt } } }`,
  theirs: `query {
    allInboxEvents(first: 50, orderBy: RECEIVED_AT_DESC) { nodes { rowId type status receivedAt } }
  }`,
}
