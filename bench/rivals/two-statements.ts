// The minimum that can answer: node:http, two flat statements, JSON.stringify. No GraphQL, no credentials, no log.
import { createServer } from 'node:http'
import pg from 'pg'
import { listen } from './listening.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL! })

const USERS = `
  select id, name, email, state from directory_user
  where directory_id = $1 and state = 'ACTIVE' order by created_at, id limit 50`
const GROUPS = `
  select m.user_id, g.id, g.name from membership m join directory_group g on g.id = m.group_id
  where m.user_id = any($1::text[]) and m.visible order by g.sort_name, g.id`

interface User {
  id: string
  groups: { id: string; name: string }[]
}

async function people(directoryId: string): Promise<string> {
  const { rows: users } = await pool.query<User>({ name: 'users', text: USERS, values: [directoryId] })
  const byId = new Map(users.map((user) => [user.id, user]))
  for (const user of users) user.groups = []
  const { rows } = await pool.query<{ user_id: string; id: string; name: string }>({
    name: 'groups',
    text: GROUPS,
    values: [[...byId.keys()]],
  })
  for (const { user_id, id, name } of rows) byId.get(user_id)!.groups.push({ id, name })
  return JSON.stringify({ users })
}

const server = createServer((request, response) => {
  const directoryId = request.url!.slice(request.url!.indexOf('=') + 1)
  people(directoryId).then(
    (text) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      response.end(text)
    },
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
listen(server)
