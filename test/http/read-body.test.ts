import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createReadBody, TooManyBodiesError, type ReadBody } from '../../src/http/read-body.ts'

const LIMIT = 1_000_000

let server: Server
let url: string

/** What the reader makes of the requests, in the order in which they come. */
let bodies: Promise<Buffer>[]

async function serve(readBody: ReadBody): Promise<void> {
  bodies = []
  server.on('request', (incoming: IncomingMessage, response) => {
    const body = readBody(incoming, LIMIT)
    body.then(
      () => response.end(),
      () => response.writeHead(503, { connection: 'close' }).end(),
    )
    bodies.push(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends the beginning of a body; resolves once the server has it. */
async function begin(size: number) {
  const sent = request(url, { method: 'POST', agent: false }).on('error', () => {}) // the server may hang up
  sent.write(Buffer.alloc(size))
  const [incoming] = (await once(server, 'request')) as [IncomingMessage]
  await expect.poll(() => incoming.socket.bytesRead).toBeGreaterThan(size)
  return sent
}

beforeEach(() => {
  server = createServer()
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test('whatever pieces a body comes in, it is what was sent', async () => {
  await serve(createReadBody(LIMIT))
  const sent = await begin(0)
  const pieces = Array.from({ length: 300 }, (_, size) => Buffer.alloc(size, `${size}`))
  for (const piece of pieces) sent.write(piece)
  sent.end()
  expect((await bodies[0]!).equals(Buffer.concat(pieces))).toBe(true)
})

test('pieces of one byte each take little more memory than one piece', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  function held(): number {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  await serve(createReadBody(4 * LIMIT))
  const { socket } = await begin(1)
  const chunks = '1\r\nx\r\n'.repeat(10_000)
  const before = held()
  for (let count = 0; count < 90; count += 1) await new Promise((written) => socket!.write(chunks, written))
  expect(held() - before).toBeLessThan(20_000_000) // a list of them takes a hundred million
  socket!.write('0\r\n\r\n')
  expect((await bodies[0]!).length).toBe(900_001)
})

test('unfinished bodies have no more memory together than they may: those that began first are given up', async () => {
  await serve(createReadBody(100_000))
  const slow = await begin(60_000)
  const refused = once(slow, 'response') as Promise<[IncomingMessage]>
  const other = await begin(30_000)
  const latest = await begin(30_000)
  await expect(bodies[0]).rejects.toThrow(TooManyBodiesError)
  expect((await refused)[0].statusCode).toBe(503)
  latest.end()
  expect((await bodies[2]!).length).toBe(30_000)
  // The room of those that are given up or finished is free again.
  other.end(Buffer.alloc(15_000))
  expect((await bodies[1]!).length).toBe(45_000)
})

test('a body whose sender hangs up gives its room back', async () => {
  await serve(createReadBody(100_000))
  const first = await begin(60_000)
  first.destroy()
  await expect(bodies[0]).rejects.toThrow(/aborted|closed/)
  const second = await begin(60_000)
  const third = await begin(30_000)
  second.end()
  third.end()
  expect((await Promise.all(bodies.slice(1))).map(({ length }) => length)).toEqual([60_000, 30_000])
})
