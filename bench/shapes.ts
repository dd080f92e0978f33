import { DIRECTORIES, GROUPS, directoryId, groupId, organizationId } from './seed.ts'

/** A query to both, each in its own terms, and how to read each answer. */
export interface Shape {
  readonly name: string
  /** The ids to query for in turn, each the variable `id`. */
  readonly ids: readonly string[]
  readonly ours: string
  readonly theirs: string
  readonly readOurs: (data: never) => Page
  readonly readTheirs: (data: never) => Page
}

/** An answer in the form in which both are compared. */
export interface Page {
  readonly nodes: readonly unknown[]
}

interface Nodes<Node> {
  readonly totalCount?: number
  readonly nodes: readonly Node[]
}
interface Named {
  readonly name: string
  readonly email: string
}
type Mine = Named & { readonly id: string }
type Rowed = Named & { readonly rowId: string }
const toMine = <Rest extends object>({ rowId, ...rest }: Rest & { readonly rowId: string }) => ({ id: rowId, ...rest })

const DIRECTORY_IDS = Array.from({ length: DIRECTORIES }, (_, n) => directoryId(n))
const GROUP_IDS = Array.from({ length: GROUPS }, (_, n) => groupId(n))

const users = (name: string, count: string, order: string, theirOrder: string): Shape => ({
  name,
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) {
    directoryUsers(filter: { directoryId: $id }, first: 50, orderBy: { ${order} }) { ${count} nodes { id name email } }
  }`,
  theirs: `query ($id: String!) {
    allDirectoryUsers(condition: { directoryId: $id }, first: 50, orderBy: ${theirOrder}) { ${count} nodes { rowId name email } }
  }`,
  readOurs: ({ directoryUsers }: { readonly directoryUsers: Nodes<Mine> }) => directoryUsers,
  readTheirs: ({ allDirectoryUsers: { nodes, ...rest } }: { readonly allDirectoryUsers: Nodes<Rowed> }) => ({
    ...rest,
    nodes: nodes.map(toMine),
  }),
})

const members: Shape = {
  name: 'members',
  ids: GROUP_IDS,
  ours: `query ($id: ID!) { directoryGroup(id: $id) { name members(first: 50) { nodes { id name email } } } }`,
  theirs: `query ($id: String!) {
    directoryGroupByRowId(rowId: $id) {
      name
      membershipsByGroupId(condition: { visible: true }, first: 50) {
        nodes { directoryUserByUserId { rowId name email } }
      }
    }
  }`,
  readOurs: ({ directoryGroup: { name, members } }: OurGroup) => ({ name, nodes: members.nodes }),
  readTheirs: ({ directoryGroupByRowId: { name, membershipsByGroupId } }: TheirGroup) => ({
    name,
    nodes: membershipsByGroupId.nodes.map(({ directoryUserByUserId }) => toMine(directoryUserByUserId)),
  }),
}
interface OurGroup {
  readonly directoryGroup: { readonly name: string; readonly members: Nodes<Mine> }
}
interface TheirGroup {
  readonly directoryGroupByRowId: {
    readonly name: string
    readonly membershipsByGroupId: Nodes<{ readonly directoryUserByUserId: Rowed }>
  }
}

const accounts: Shape = {
  name: 'accounts',
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) {
    directoryUsers(filter: { directoryId: $id }, first: 50) { nodes { id user { id email roles { slug } } } }
  }`,
  theirs: `query ($id: String!) {
    allDirectoryUsers(condition: { directoryId: $id }, first: 50, orderBy: CREATED_AT_ASC) {
      nodes {
        rowId
        accountByAccountId { rowId email roleGrantsByAccountId(condition: { visible: true }) { nodes { roleByRoleId { slug } } } }
      }
    }
  }`,
  readOurs: ({ directoryUsers }: { readonly directoryUsers: Nodes<unknown> }) => directoryUsers,
  readTheirs: ({ allDirectoryUsers }: { readonly allDirectoryUsers: Nodes<TheirAccount> }) => ({
    nodes: allDirectoryUsers.nodes.map(({ rowId, accountByAccountId: { roleGrantsByAccountId, ...account } }) => ({
      id: rowId,
      user: toMine({
        ...account,
        roles: [...new Set(roleGrantsByAccountId.nodes.map(({ roleByRoleId }) => roleByRoleId.slug))].map((slug) => ({
          slug,
        })),
      }),
    })),
  }),
}
interface TheirAccount {
  readonly rowId: string
  readonly accountByAccountId: {
    readonly rowId: string
    readonly email: string
    readonly roleGrantsByAccountId: Nodes<{ readonly roleByRoleId: { readonly slug: string } }>
  }
}

const changes: Shape = {
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

const events: Shape = {
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

const allEvents: Shape = {
  ...events,
  name: 'all-events',
  ids: [organizationId],
  ours: `query ($id: ID!) { events(filter: { organizationId: $id }, first: 50) { nodes { id type status receivedAt } } }`,
  theirs: `query {
    allInboxEvents(first: 50, orderBy: RECEIVED_AT_DESC) { nodes { rowId type status receivedAt } }
  }`,
}

const directories: Shape = {
  name: 'directories',
  ids: [organizationId],
  ours: `query ($id: ID!) { directories(filter: { organizationId: $id }) { nodes { id name userCount groupCount } } }`,
  theirs: `query ($id: String!) {
    allDirectories(condition: { organizationId: $id }, orderBy: CREATED_AT_ASC) {
      nodes {
        rowId name
        directoryUsersByDirectoryId { totalCount }
        directoryGroupsByDirectoryId { totalCount }
      }
    }
  }`,
  readOurs: ({ directories }: { readonly directories: Nodes<unknown> }) => directories,
  readTheirs: ({ allDirectories }: { readonly allDirectories: Nodes<TheirDirectory> }) => ({
    nodes: allDirectories.nodes.map(
      ({ rowId, name, directoryUsersByDirectoryId: users, directoryGroupsByDirectoryId: groups }) => ({
        id: rowId,
        name,
        userCount: users.totalCount,
        groupCount: groups.totalCount,
      }),
    ),
  }),
}
interface TheirDirectory {
  readonly rowId: string
  readonly name: string
  readonly directoryUsersByDirectoryId: { readonly totalCount: number }
  readonly directoryGroupsByDirectoryId: { readonly totalCount: number }
}

const groups: Shape = {
  name: 'groups',
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) { directory(id: $id) { groups(first: 50) { nodes { id name memberCount } } } }`,
  theirs: `query ($id: String!) {
    allDirectoryGroups(condition: { directoryId: $id }, first: 50, orderBy: CREATED_AT_ASC) {
      nodes { rowId name membershipsByGroupId(condition: { visible: true }) { totalCount } }
    }
  }`,
  readOurs: ({ directory }: { readonly directory: { readonly groups: Nodes<unknown> } }) => directory.groups,
  readTheirs: ({ allDirectoryGroups }: { readonly allDirectoryGroups: Nodes<TheirCountedGroup> }) => ({
    nodes: allDirectoryGroups.nodes.map(({ rowId, name, membershipsByGroupId: { totalCount } }) => ({
      id: rowId,
      name,
      memberCount: totalCount,
    })),
  }),
}
interface TheirCountedGroup {
  readonly rowId: string
  readonly name: string
  readonly membershipsByGroupId: { readonly totalCount: number }
}

const tree: Shape = {
  name: 'tree',
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) {
    directory(id: $id) { groups(first: 10) { nodes { id name members(first: 5) { nodes { id name email } } } } }
  }`,
  theirs: `query ($id: String!) {
    allDirectoryGroups(condition: { directoryId: $id }, first: 10, orderBy: CREATED_AT_ASC) {
      nodes {
        rowId name
        membershipsByGroupId(condition: { visible: true }, first: 5) { nodes { directoryUserByUserId { rowId name email } } }
      }
    }
  }`,
  readOurs: ({ directory }: { readonly directory: { readonly groups: Nodes<unknown> } }) => directory.groups,
  readTheirs: ({ allDirectoryGroups }: { readonly allDirectoryGroups: Nodes<TheirGroupOfTree> }) => ({
    nodes: allDirectoryGroups.nodes.map(({ rowId, name, membershipsByGroupId: { nodes } }) => ({
      id: rowId,
      name,
      members: { nodes: nodes.map(({ directoryUserByUserId }) => toMine(directoryUserByUserId)) },
    })),
  }),
}
interface TheirGroupOfTree {
  readonly rowId: string
  readonly name: string
  readonly membershipsByGroupId: Nodes<{ readonly directoryUserByUserId: Rowed }>
}

/** Common queries. */
export const SHAPES: readonly Shape[] = [
  users('list', '', 'field: CREATED_AT', 'CREATED_AT_ASC'),
  users('latest', '', 'field: CREATED_AT, direction: DESC', 'CREATED_AT_DESC'),
  users('by-name', '', 'field: NAME', 'SORT_NAME_ASC'),
  users('counted', 'totalCount', 'field: CREATED_AT', 'CREATED_AT_ASC'),
  members,
  accounts,
  changes,
  events,
  allEvents,
  directories,
  groups,
  tree,
]
