// Used without pgbench: clients that each insert one row, wait until it is durable, and insert the next.
import pg from 'pg'

const [connectionString, clients, ms, bytes] = process.argv.slice(2)
const body = Buffer.alloc(Number(bytes), 'x')
const statement = { name: 'insert', text: 'insert into bench_row (body) values ($1)', values: [body] }
const open = await Promise.all(
  Array.from({ length: Number(clients) }, async () => {
    const client = new pg.Client({ connectionString: connectionString! })
    await client.connect()
    await client.query(statement)
    return client
  }),
)
const began = performance.now()
const deadline = began + Number(ms)
let rows = 0
await Promise.all(
  open.map(async (client) => {
    while (performance.now() < deadline) {
      await client.query(statement)
      rows += 1
    }
  }),
)
process.stdout.write(`${rows / ((performance.now() - began) / 1_000)}\n`)
await Promise.all(open.map((client) => client.end()))
