// The minimum for many sockets: `ws`, and a loop that sends each of them the same bytes. Nobody authenticates, nothing
// is read, and what is missed is lost.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { listen } from './listening.ts'

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const bytes = Buffer.concat(chunks)
    for (const socket of sockets.clients) socket.send(bytes, { binary: false })
    response.writeHead(200, { 'content-length': 2 }).end('{}')
  })
})
const sockets = new WebSocketServer({ server })
listen(server)
