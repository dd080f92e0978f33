// Subscribers as clients have them: over WebSocket and as server-sent events.
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { createClient } from 'graphql-ws'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Answer } from './client.ts'

/** The results of one subscription, in order. Throws when the connection breaks. */
export interface Live<Data> extends AsyncIterable<Answer<Data>> {
  /** Returns the next result's data. Throws if it has errors, or if the server has completed the subscription. */
  next(): Promise<Data>
  /** Breaks the connection without notice, as a lost network or a killed client does. */
  cut(): void
  /** Unsubscribes, as a client does that has seen enough. */
  leave(): void
}

export interface Operation {
  readonly query: string
  readonly variables?: Record<string, unknown>
}

export type Transport = <Data>(url: string, key: string | null, operation: Operation) => Live<Data>

/** Opens a separate connection for each subscription, closed after the test at the latest. */
export const overWebSocket: Transport = <Data>(url: string, key: string | null, operation: Operation) =>
  connectSocket(url, key).subscribe<Data>(operation)

/** Opens a connection that many subscriptions share. */
export function connectSocket(url: string, key: string | null) {
  const sockets = new Set<WebSocket>()
  let closed: { code: number; reason: string } | null = null
  class Observed extends WebSocket {
    constructor(address: string, protocols: string | string[]) {
      super(address, protocols)
      sockets.add(this)
    }
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: Observed,
    retryAttempts: 0,
    connectionParams: key === null ? {} : { authorization: `Bearer ${key}` },
    on: { closed: (event) => (closed = event as { code: number; reason: string }) },
  })
  const cut = () => {
    for (const socket of sockets) socket.terminate()
  }
  onTestFinished(cut)
  return {
    subscribe<Data>(operation: Operation): Live<Data> {
      const queue = createQueue<Answer<Data>>()
      const unsubscribe = client.subscribe<Data>(operation, {
        next: (answer) => queue.put(answer as Answer<Data>),
        // Errors of the operation come as a list; anything else ends the connection.
        error: (error) => {
          if (!Array.isArray(error)) return queue.end(new Error('The connection has ended', { cause: error }))
          queue.put({ errors: error as NonNullable<Answer<Data>['errors']> })
          queue.end()
        },
        complete: () => queue.end(),
      })
      return live(queue, cut, unsubscribe)
    },
    /** How it was closed; null while it is open. */
    closed: () => closed,
  }
}

export const asServerSentEvents: Transport = <Data>(url: string, key: string | null, operation: Operation) => {
  const asked = openStream(url, key, operation)
  onTestFinished(() => void asked.destroy())
  const cut = () => void asked.destroy()
  const responded = once(asked, 'response') as Promise<[IncomingMessage]>
  responded.catch(() => {}) // reading the first result throws it
  return live(readAnswers<Data>(responded), cut, cut) // a stream has no other way to unsubscribe
}

/** Requests a subscription as server-sent events and reads nothing of the response. */
export function openStream(url: string, key: string | null, operation: Operation): ClientRequest {
  const asked = request(`${url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
  })
  asked.on('error', () => {}) // as when it is cut; reading the response throws it
  asked.on('response', () => {}) // otherwise Node would read and discard it
  asked.end(JSON.stringify(operation))
  return asked
}

async function* readAnswers<Data>(responded: Promise<[IncomingMessage]>): AsyncGenerator<Answer<Data>> {
  const [response] = await responded
  response.setEncoding('utf8')
  if (response.headers['content-type']?.startsWith('text/event-stream') !== true) {
    let body = ''
    for await (const chunk of response as AsyncIterable<string>) body += chunk
    yield JSON.parse(body) as Answer<Data>
    return
  }
  let rest = ''
  for await (const chunk of response as AsyncIterable<string>) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop()! // incomplete, perhaps forever
    for (const block of blocks) {
      const { event, data } = parseBlock(block)
      if (event === 'complete') return
      if (event === 'next') yield JSON.parse(data) as Answer<Data>
    }
  }
  throw new Error('The stream ended before it was complete')
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
function parseBlock(block: string): { event: string; data: string } {
  const fields = block.split('\n').map((line) => /^(\w*):? ?(.*)$/s.exec(line)!)
  const values = (name: string) => fields.filter((field) => field[1] === name).map((field) => field[2]!)
  return { event: values('event').at(-1) ?? 'message', data: values('data').join('\n') }
}

function live<Data>(answers: AsyncIterator<Answer<Data>>, cut: () => void, leave: () => void): Live<Data> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => answers.next() }),
    async next() {
      const { done, value } = await answers.next()
      if (done === true) throw new Error('The subscription is complete')
      if (value.errors !== undefined || value.data == null) throw new Error(JSON.stringify(value.errors))
      return value.data
    },
    cut,
    leave,
  }
}

/** What has arrived and has not been taken yet. */
function createQueue<T>(): AsyncIterator<T> & { put(item: T): void; end(error?: Error): void } {
  const items: T[] = []
  let ended: { error: Error | undefined } | null = null
  let wake = () => {}
  return {
    put(item) {
      items.push(item)
      wake()
    },
    end(error) {
      ended ??= { error }
      wake()
    },
    async next() {
      while (items.length === 0 && ended === null) await new Promise<void>((resolve) => (wake = resolve))
      if (items.length > 0) return { done: false, value: items.shift()! }
      if (ended!.error !== undefined) throw ended!.error
      return { done: true, value: undefined }
    },
  }
}
