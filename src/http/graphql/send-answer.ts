import type { ServerResponse } from 'node:http'
import type { Recording } from '../../answers/recording.ts'

type Headers = Readonly<Record<string, string>>

/** Returns what follows the data in the text of a response. */
export const extensionsText = (extensions: unknown): string =>
  extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`

/** Sends a response in two parts, as one packet; does nothing if the client is gone. */
export function sendAnswer(response: ServerResponse, headers: Headers, data: Buffer, rest: string): void {
  if (response.destroyed) return
  response.cork() // until its end
  response.writeHead(200, { ...headers, 'content-length': data.length + Buffer.byteLength(rest) })
  response.write(data)
  response.end(rest)
}

/** Sends a new response, and caches it if it may be cached. */
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
