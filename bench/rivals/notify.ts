// The shortest path from a delivery to a socket through PostgreSQL: insert, NOTIFY in the same statement, LISTEN, send.
// No signature is checked, nothing is applied, nobody authenticates, and what is missed is lost.
import { createServer } from 'node:http'
import pg from 'pg'
import { WebSocketServer } from 'ws'
import { listen } from './listening.ts'

const connectionString = process.env.DATABASE_URL!
const pool = new pg.Pool({ connectionString })
const listener = new pg.Client({ connectionString })
await listener.connect()
await listener.query('create table if not exists bench_event (id text primary key, body bytea not null)')
await listener.query('listen bench')

const INSERT = `
  with stored as (insert into bench_event (id, body) values ($1, $2) returning id)
  select pg_notify('bench', $3) from stored`

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const event = JSON.parse(body.toString()) as { id: string; data: { id: string; name: string } }
    const told = JSON.stringify({ id: event.data.id, name: event.data.name })
    pool.query({ name: 'insert', text: INSERT, values: [event.id, body, told] }).then(
      () => response.writeHead(200, { 'content-length': 2 }).end('{}'),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
})
const sockets = new WebSocketServer({ server })
listener.on('notification', ({ payload }) => {
  for (const socket of sockets.clients) socket.send(payload!)
})
listen(server)
