import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isUpload } from './is-upload.ts'

/**
 * An invalid multipart request is the sender's error and reported as 400, whatever they accept. Yoga's reader treats
 * some as a server error, and answers others with 200.
 */
export const refuseBrokenUploads: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser }) {
    if (requestParser === undefined || !isUpload(request.headers.get('content-type'))) return
    setRequestParser(async (whole) => {
      try {
        return await requestParser(whole)
      } catch (error) {
        if (whole.signal.aborted || !(error instanceof Error) || hasStatus(error)) throw error
        throw new GraphQLError(`This is not a valid multipart request: ${error.message}`, {
          originalError: null,
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        })
      }
    })
  },
}

const hasStatus = (error: Error): boolean => error instanceof GraphQLError && error.extensions.http !== undefined
