import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isUpload } from './is-upload.ts'

/**
 * What says that it is a multipart request and is none is the sender's fault, and told so, whatever they accept. Yoga's
 * reader takes some of it for a fault of the server, and answers other with 200.
 */
export const refuseBrokenUploads: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser }) {
    if (requestParser === undefined || !isUpload(request.headers.get('content-type'))) return
    setRequestParser(async (whole) => {
      try {
        return await requestParser(whole)
      } catch (error) {
        if (whole.signal.aborted || !(error instanceof Error) || hasStatus(error)) throw error
        throw new GraphQLError(`This is no multipart request: ${error.message}`, {
          originalError: null,
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        })
      }
    })
  },
}

const hasStatus = (error: Error): boolean => error instanceof GraphQLError && error.extensions.http !== undefined
