import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { ErrorCode } from '../../graphql/errors.ts'

const CODE: ErrorCode = 'PERSISTED_QUERY_NOT_SUPPORTED'

/**
 * Answers the hash of an automatic persisted query so that clients send the query itself, and no more hashes:
 * https://www.apollographql.com/docs/apollo-server/performance/apq
 */
export const refusePersistedQueries: Plugin = {
  onParams({ params: { query, extensions } }) {
    if (query != null || extensions?.['persistedQuery'] == null) return
    // Apollo's link reads this message.
    throw new GraphQLError('PersistedQueryNotSupported', {
      extensions: { code: CODE, http: { spec: true, status: 400 } },
    })
  },
}
