import type { ServerResponse } from 'node:http'
import type { Recording } from '../../answers/recording.ts'

type Headers = Readonly<Record<string, string>>

/** What follows the data in the text of an answer. */
export const extensionsText = (extensions: unknown): string =>
  extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`

/** Sends an answer in two parts, as one packet; nothing to somebody who is gone. */
export function sendAnswer(response: ServerResponse, headers: Headers, data: Buffer, rest: string): void {
  if (response.destroyed) return
  response.cork() // until its end
  response.writeHead(200, { ...headers, 'content-length': data.length + Buffer.byteLength(rest) })
  response.write(data)
  response.end(rest)
}

/** Sends an answer that was just worked out, and keeps it where it is for keeping. */
export function sendNew(
  response: ServerResponse,
  headers: Headers,
  data: string,
  rest: string,
  recording: Recording | null | undefined,
): void {
  if (recording?.hasBegun() === true) {
    const bytes = Buffer.from(data)
    recording.keep(bytes, headers)
    return sendAnswer(response, headers, bytes, rest)
  }
  if (response.destroyed) return
  const text = data + rest
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
