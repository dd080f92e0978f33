import { mustAnswerTheSame } from '../answered.ts'
import type { Bar, Bench } from '../bench.ts'
import { wire } from '../connection.ts'
import { saturate } from '../load.ts'
import { alternate, toRow } from '../measure.ts'
import { startPostGraphile } from '../postgraphile.ts'
import { readRounds, roundMs } from '../reading.ts'
import { issueKey, startRollcall } from '../rollcall.ts'
import { organizationId, userId, USERS } from '../seed.ts'
import { createStaffed } from '../staff.ts'

/** A person in the form in which all answers are compared. */
interface Somebody {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly state: string
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  readonly roles: readonly Role[]
}

interface Role {
  readonly id: string
  readonly slug: string
  readonly name: string
}

/** A server that is queried for a person by id. */
interface Asked {
  readonly name: string
  readonly port: number
  readonly headers: Record<string, string>
  readonly query: string
  readonly read: (data: unknown) => Somebody
}

/** One user by id, with groups and the account's current roles, against PostGraphile on the same tables. */
export const readOne: Bar = {
  name: 'read-one',
  async run(bench) {
    const database = await createStaffed(bench.postgres)
    await bench.postgres.query(database, SECOND_ROLE)
    await bench.postgres.query(database, 'vacuum (analyze) role_grant')
    const key = await issueKey(bench, database, organizationId)
    await using server = await startRollcall(bench, database)
    await using rival = await startPostGraphile(bench, database)
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const ours: Asked = {
      name: 'ours',
      port: server.port,
      headers: { ...headers, authorization: `Bearer ${key}` },
      query: OURS,
      read: (data) => {
        const { groups, user, ...person } = (data as OurAnswer).directoryUser
        return { ...person, groups: groups.nodes, roles: user.roles }
      },
    }
    const theirs: Asked = { name: 'the rival', port: rival.port, headers, query: THEIRS, read: readTheirs }
    const some = Array.from({ length: 50 }, (_, n) => userId((n * USERS) / 50))
    await mustAgree(bench, ours, theirs, some)
    const pairs = await alternate(readRounds(bench), contest(bench, ours), contest(bench, theirs))
    return [toRow({ name: 'read-one', rival: 'PostGraphile 5', goal: 1.5, better: 'greater', unit: 'req/s' }, pairs)]
  },
}

// Every other person has another one, granted by hand.
const SECOND_ROLE = `
  insert into role (id, slug, name) values ('role_bench_lead', 'lead', 'Lead');
  insert into role_grant (account_id, role_id, kind, organization_id, actor, visible, granted_at)
  select account_id, 'role_bench_lead', 'DIRECT', organization_id, 'bench', true, now()
  from directory_user where right(id, 20)::int % 2 = 0`

const OURS = `
  query Person($id: ID!) {
    directoryUser(id: $id) {
      id
      name
      email
      state
      groups { nodes { id name } }
      user { roles { id slug name } }
    }
  }`

interface OurAnswer {
  readonly directoryUser: Omit<Somebody, 'groups' | 'roles'> & {
    readonly groups: { readonly nodes: Somebody['groups'] }
    readonly user: { readonly roles: Somebody['roles'] }
  }
}

const THEIRS = `
  query Person($id: String!) {
    directoryUserByRowId(rowId: $id) {
      rowId
      name
      email
      state
      membershipsByUserId(condition: { visible: true }, first: 25) {
        nodes { directoryGroupByGroupId { rowId name } }
      }
      accountByAccountId {
        roleGrantsByAccountId(condition: { visible: true }) {
          nodes { roleByRoleId { rowId slug name } }
        }
      }
    }
  }`

interface TheirAnswer {
  readonly directoryUserByRowId: {
    readonly rowId: string
    readonly name: string
    readonly email: string
    readonly state: string
    readonly membershipsByUserId: {
      readonly nodes: readonly { readonly directoryGroupByGroupId: { rowId: string; name: string } }[]
    }
    readonly accountByAccountId: {
      readonly roleGrantsByAccountId: {
        readonly nodes: readonly { readonly roleByRoleId: { rowId: string; slug: string; name: string } }[]
      }
    }
  }
}

// The rival returns a role once for each of its reasons.
function readTheirs(data: unknown): Somebody {
  const { rowId, membershipsByUserId, accountByAccountId, ...person } = (data as TheirAnswer).directoryUserByRowId
  const roles = new Map<string, Role>()
  for (const { roleByRoleId } of accountByAccountId.roleGrantsByAccountId.nodes) {
    const { rowId: id, slug, name } = roleByRoleId
    roles.set(id, { id, slug, name })
  }
  return {
    id: rowId,
    ...person,
    groups: membershipsByUserId.nodes.map(({ directoryGroupByGroupId: { rowId: id, name } }) => ({ id, name })),
    roles: [...roles.values()].toSorted((a, b) => (a.slug < b.slug ? -1 : 1)),
  }
}

const bodyOf = (query: string, id: string) => JSON.stringify({ query, variables: { id } })

async function mustAgree({ note }: Bench, ours: Asked, theirs: Asked, ids: readonly string[]): Promise<void> {
  const all = async (asked: Asked) => {
    const answers: Somebody[] = []
    for (const id of ids) answers.push(await ask(asked, id))
    return { who: asked.name, answers }
  }
  const [mine, others] = [await all(ours), await all(theirs)]
  mustAnswerTheSame(note, mine, others)
  for (const [n, { id, groups, roles }] of mine.answers.entries())
    if (id !== ids[n] || groups.length !== 3 || roles.length === 0)
      throw new Error('Both must give the person, three groups and a role at least')
}

async function ask({ port, headers, query, read }: Asked, id: string): Promise<Somebody> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body: bodyOf(query, id) })
  const text = await response.text()
  if (response.status !== 200 || text.includes('"errors":'))
    throw new Error(`${response.status}: ${text.slice(0, 600)}`)
  return read((JSON.parse(text) as { data: unknown }).data)
}

const CONNECTIONS = 16

/** One round: requests per second. Everybody is requested once before anybody is requested again. */
function contest(bench: Bench, { name, port, headers, query }: Asked): () => Promise<number> {
  const requests = Array.from({ length: USERS }, (_, n) =>
    wire('POST', '/graphql', headers, bodyOf(query, userId((n * 7_919) % USERS))),
  )
  let turn = 0
  const next = () => requests[(turn += 1) % requests.length]!
  return async () => {
    const rate = await saturate({ port, connections: CONNECTIONS, next, ms: roundMs(bench) })
    bench.note(`${name}: ${Math.round(rate)} req/s`)
    return rate
  }
}
