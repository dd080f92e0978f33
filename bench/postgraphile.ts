import type { Bench } from './bench.ts'
import { startChild, type Child } from './child.ts'
import type { Asked } from './reading.ts'

/** Starts PostGraphile 5 on one of our databases. */
export function startPostGraphile({ postgres }: Bench, database: string): Promise<Child> {
  return startChild('./rivals/postgraphile.ts', {
    env: { DATABASE_URL: postgres.url(database), NODE_ENV: 'production' },
  })
}

const QUERY = `
  query People($directoryId: String!) {
    allDirectoryUsers(condition: { directoryId: $directoryId, state: ACTIVE }, orderBy: CREATED_AT_ASC, first: 50) {
      nodes {
        rowId
        name
        email
        state
        membershipsByUserId(condition: { visible: true }, first: 25) {
          nodes {
            directoryGroupByGroupId { rowId name }
          }
        }
      }
    }
  }`

/** Starts PostGraphile, to be queried for the first 50 people of a directory with their groups. */
export async function askPostGraphile(bench: Bench, database: string): Promise<Asked & AsyncDisposable> {
  const server = await startPostGraphile(bench, database)
  return {
    name: 'the rival',
    port: server.port,
    requestFor: (directoryId) => ({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: QUERY, variables: { directoryId } }),
    }),
    read: (answer) =>
      (answer as Answer).data.allDirectoryUsers.nodes.map(({ rowId, membershipsByUserId, ...user }) => ({
        id: rowId,
        ...user,
        groups: membershipsByUserId.nodes.map(({ directoryGroupByGroupId: { rowId, name } }) => ({ id: rowId, name })),
      })),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

interface Answer {
  data: {
    allDirectoryUsers: {
      nodes: {
        rowId: string
        name: string
        email: string
        state: string
        membershipsByUserId: { nodes: { directoryGroupByGroupId: { rowId: string; name: string } }[] }
      }[]
    }
  }
}
