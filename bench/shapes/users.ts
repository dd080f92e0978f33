import { DIRECTORY_IDS, toMine, type Mine, type Nodes, type Rowed, type Shape } from './shape.ts'

export const users = (name: string, count: string, order: string, theirOrder: string): Shape => ({
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

export const times: Shape = {
  name: 'times',
  ids: DIRECTORY_IDS,
  ours: `query ($id: ID!) {
    directoryUsers(filter: { directoryId: $id }, first: 50) { nodes { id name email state createdAt updatedAt } }
  }`,
  theirs: `query ($id: String!) {
    allDirectoryUsers(condition: { directoryId: $id }, first: 50, orderBy: CREATED_AT_ASC) {
      nodes { rowId name email state createdAt updatedAt }
    }
  }`,
  readOurs: ({ directoryUsers }: { readonly directoryUsers: Nodes<Timed & Mine> }) => directoryUsers,
  readTheirs: ({ allDirectoryUsers: { nodes } }: { readonly allDirectoryUsers: Nodes<Timed & Rowed> }) => ({
    nodes: nodes.map(({ createdAt, updatedAt, ...user }) => ({
      ...toMine(user),
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
    })),
  }),
}
interface Timed {
  readonly state: string
  readonly createdAt: string
  readonly updatedAt: string
}

export const accounts: Shape = {
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
