import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from './api-error.ts'
import { errorText } from '../text/error-text.ts'
import type { Answer } from './route.ts'

const MAX_BODY_BYTES = 10_000_000

/** Returns the body as JSON, or undefined if it is empty. Throws an ApiError if it is malformed or too big. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new ApiError(413, { message: 'The body is too big.', code: 'payload_too_large' })
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = errorText(error)
    throw new ApiError(400, { message: `The body is not JSON: ${reason}`, code: 'invalid_json' })
  }
}

export function send(response: ServerResponse, answer: Answer): void {
  const { status = 200, body, isForPeople, html, cut, hangUp, headers = {} } = answer
  if (hangUp === true) {
    response.destroy()
  } else if (cut === true) {
    const text = JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    response.end(text.slice(0, text.length / 2))
  } else if (html !== undefined) {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html)
  } else if (body === undefined) {
    response.writeHead(status, headers).end()
  } else {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    response.end(isForPeople === true ? `${JSON.stringify(body, null, 2)}\n` : JSON.stringify(body))
  }
}
