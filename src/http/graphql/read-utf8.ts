import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import type { ReadBody } from '../read-body.ts'

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i

/**
 * Reads a request's body, which must be UTF-8 (RFC 8259, section 8.1): text that is read wrongly would be stored
 * wrongly. Throws a GraphQLError with its status for anything else; also what `readBody` throws.
 */
export async function readUtf8(readBody: ReadBody, request: IncomingMessage, limit: number): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = request.headers
  if (encoding.toLowerCase() !== 'identity')
    throw refused(415, 'Content-Encoding must be absent: send the body as it is')
  const charset = CHARSET.exec(type)?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw refused(415, 'The charset must be UTF-8')
  const bytes = await readBody(request, limit)
  if (!isUtf8(bytes)) throw refused(400, 'The body is not UTF-8')
  return bytes
}

const refused = (status: number, message: string) =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } })
