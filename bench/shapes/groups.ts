import { GROUPS, groupId, organizationId } from '../seed.ts'
import { DIRECTORY_IDS, toMine, type Mine, type Nodes, type Rowed, type Shape } from './shape.ts'

const GROUP_IDS = Array.from({ length: GROUPS }, (_, n) => groupId(n))

export const members: Shape = {
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

export const directories: Shape = {
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

export const groups: Shape = {
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

export const tree: Shape = {
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
