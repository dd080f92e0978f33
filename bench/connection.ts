import { connect, type Socket } from 'node:net'

export interface Reply {
  readonly status: number
  /** Head and body, as received. */
  readonly bytes: Buffer
}

/** A keep-alive connection with next to no overhead: generating the load takes time from the cores being measured. */
export interface Connection {
  /** Sends a prepared request; one at a time. Throws if the response is incomplete. */
  send(request: Buffer): Promise<Reply>
  /** Whether it is still open: a server closes it after being idle for some seconds. */
  isOpen(): boolean
  close(): void
}

const PATIENCE_MS = 30_000
const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  let waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | null = null
  let received: Buffer = Buffer.alloc(0)
  let wanted: number | 'chunked' | null = null // bytes of the whole response, once its head is there

  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = null
  }
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('The server did not answer in time')))
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('The server hung up')))
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    wanted ??= sizeOf(received)
    if (wanted === null || !isWhole(received, wanted)) return
    const reply = { status: Number(received.toString('latin1', 9, 12)), bytes: received }
    const { resolve } = waiting!
    received = Buffer.alloc(0)
    waiting = wanted = null
    resolve(reply)
  })
  return {
    // A connection idle for too long is closed: its response would never come.
    send: (request) =>
      socket.destroyed
        ? Promise.reject(new Error('The server hung up'))
        : write(socket, request, (settle) => (waiting = settle)),
    isOpen: () => !socket.destroyed && socket.writable,
    close: () => void socket.destroy(),
  }
}

function write(
  socket: Socket,
  request: Buffer,
  wait: (settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void }) => void,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    wait({ resolve, reject })
    socket.write(request)
  })
}

function sizeOf(received: Buffer): number | 'chunked' | null {
  const end = received.indexOf(HEAD_END)
  if (end === -1) return null
  const head = received.toString('latin1', 0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return end + HEAD_END.length + Number(length)
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return 'chunked'
  throw new Error(`An answer of unknown length: ${head}`)
}

// JSON here contains no bare line break, so the last chunk is unmistakable.
function isWhole(received: Buffer, wanted: number | 'chunked'): boolean {
  return wanted === 'chunked' ? received.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) : received.length >= wanted
}

/** Serializes a request. */
export function wire(method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}, body = ''): Buffer {
  const all = { host: '127.0.0.1', ...headers, ...(body !== '' && { 'content-length': `${Buffer.byteLength(body)}` }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
