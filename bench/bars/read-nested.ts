import type { Bar } from '../bench.ts'
import { startChild } from '../child.ts'
import { alternate, toRow } from '../measure.ts'
import { askRollcall, contest, mustAgree, readRounds, type Asked } from '../reading.ts'
import { createPeopled } from '../seed.ts'

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

/** A page of 50 users with their groups, by GraphQL, against PostGraphile on the same tables. */
export const readNested: Bar = {
  name: 'read-nested',
  async run(bench) {
    const database = await createPeopled(bench.postgres)
    await using ours = await askRollcall(bench, database)
    await using server = await startChild('./rivals/postgraphile.ts', {
      env: { DATABASE_URL: bench.postgres.url(database), NODE_ENV: 'production' },
    })
    const theirs: Asked = {
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
          groups: membershipsByUserId.nodes.map(({ directoryGroupByGroupId: { rowId, name } }) => ({
            id: rowId,
            name,
          })),
        })),
    }
    await mustAgree(ours, theirs)
    const pairs = await alternate(readRounds(bench), contest(bench, ours), contest(bench, theirs))
    return [toRow({ name: 'read-nested', rival: 'PostGraphile 5', goal: 2.5, better: 'greater', unit: 'req/s' }, pairs)]
  },
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
