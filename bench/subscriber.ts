import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A socket that receives users' names as they change. */
export interface Subscriber {
  /** Called with the user that a message is about. */
  onUser: (user: Told) => void
  close(): void
}

export interface Told {
  readonly id: string
  readonly name: string
}

/** Follows the server under test with a hand-written graphql-ws client, which costs as little as the rival's. */
export async function subscribeToRollcall(port: number, key: string): Promise<Subscriber> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
  const subscriber = follow(socket, (message) => {
    const { type, payload } = message as { type: string; payload?: { data?: Data; errors?: unknown } }
    if (type === 'ping') socket.send('{"type":"pong"}')
    if (type === 'error' || payload?.errors !== undefined)
      throw new Error(`The subscription failed: ${JSON.stringify(message)}`)
    return payload?.data?.changes.directoryUser ?? null
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message', { signal: AbortSignal.timeout(10_000) }) // connection_ack
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: SUBSCRIPTION } }))
  return subscriber
}

interface Data {
  changes: { directoryUser?: Told | null }
}

const SUBSCRIPTION = `
  subscription {
    changes {
      ... on DirectoryUserChange {
        directoryUser {
          id
          name
        }
      }
    }
  }`

export async function subscribeToRival(port: number): Promise<Subscriber> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const subscriber = follow(socket, (message) => message as Told)
  await once(socket, 'open')
  return subscriber
}

function follow(socket: WebSocket, toldBy: (message: unknown) => Told | null): Subscriber {
  const subscriber: Subscriber = { onUser: () => {}, close: () => socket.terminate() }
  socket.on('message', (data: Buffer) => {
    const user = toldBy(JSON.parse(data.toString()))
    if (user !== null) subscriber.onUser(user)
  })
  return subscriber
}
