import { readEnvelope } from '../../src/workos/envelope.ts'
import type { Bar, Bench } from '../bench.ts'
import { historyOf, type History } from '../history.ts'
import { watchInbox } from '../inbox.ts'
import { createInsertRate } from '../insert-rate.ts'
import { alternate, toRow } from '../measure.ts'
import { startRollcall } from '../rollcall.ts'
import { DIRECTORIES, organizationId } from '../seed.ts'

const EVENTS = 50_000

/** 50,000 events that arrived while nobody applied them: how many per second are applied, including the change log. */
export const applyBurst: Bar = {
  name: 'apply-burst',
  async run(bench) {
    const { postgres, quick } = bench
    const inserts = await createInsertRate(postgres)
    const histories = Array.from({ length: DIRECTORIES }, (_, n) => historyOf(n, EVENTS / DIRECTORIES))
    const template = await createInbox(bench, histories)

    async function applied(): Promise<number> {
      const database = await postgres.create(template)
      const rate = await rateOf(database)
      await mustBeRight(bench, database, histories)
      await postgres.drop(database)
      bench.note(`applied ${Math.round(rate)}/s`)
      return rate
    }

    async function rateOf(database: string): Promise<number> {
      await using inbox = await watchInbox(postgres, database)
      await using _server = await startRollcall(bench, database)
      // It starts applying a moment before it listens: neither what was done by now nor the time for it counts.
      const began = performance.now()
      const left = await inbox.pending()
      return left / (((await inbox.drained()) - began) / 1_000)
    }

    const pairs = await alternate(quick ? 1 : 3, applied, () => inserts.measure(quick ? 2 : 5))
    return [
      toRow({ name: 'apply-burst', rival: inserts.rival, goal: 0.25, better: 'greater', unit: 'events/s' }, pairs),
    ]
  },
}

async function createInbox({ postgres }: Bench, histories: readonly History[]): Promise<string> {
  const database = await postgres.create()
  await postgres.query(database, MAPPINGS)
  for (const { events } of histories) {
    const bodies = events.map((event) => JSON.stringify(event))
    // As the receiver labels them.
    const labels = bodies.map((body) => readEnvelope(Buffer.from(body), new Date()))
    const values = [
      events.map((event) => event.id),
      events.map((event) => event.event),
      events.map((event) => event.data.directory_id),
      events.map((event) => event.created_at),
      bodies,
      labels.map(({ userId }) => userId),
      labels.map(({ groupId }) => groupId),
      labels.map(({ removal }) => removal),
    ]
    await postgres.query(database, INSERT, values)
  }
  await postgres.query(database, 'vacuum (analyze) inbox_event')
  return database
}

// Members of any group have a role.
const MAPPINGS = `
  insert into organization (id, name) values ('${organizationId}', 'Bench');
  insert into role (id, slug, name) values ('role_bench', 'member', 'Member');
  insert into role_mapping (id, organization_id, match, value) values ('role_mapping_bench', '${organizationId}', 'NAME_PREFIX', 'Group');
  insert into role_mapping_role values ('role_mapping_bench', 'role_bench')`

// Received now: otherwise retention would purge applied events meanwhile.
const INSERT = `
  insert into inbox_event (id, type, directory_id, source, status, occurred_at, received_at, body, user_id, group_id, removal)
  select id, type, directory_id, 'WEBHOOK', 'PENDING', occurred_at, now(), convert_to(body, 'UTF8'), user_id, group_id, removal
  from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::"Removal"[])
    as e (id, type, directory_id, occurred_at, body, user_id, group_id, removal)`

/**
 * Checks that the mirror is what the histories say, each event is applied, and the log has at least one change for
 * each.
 */
async function mustBeRight({ postgres }: Bench, database: string, histories: readonly History[]): Promise<void> {
  const sum = (pick: (history: History) => number) => histories.reduce((total, history) => total + pick(history), 0)
  const [found] = await postgres.query<Record<string, number>>(database, COUNTS)
  const wanted = {
    applied: EVENTS,
    users: sum(({ users }) => users),
    groups: sum(({ groups }) => groups),
    memberships: sum(({ memberships }) => memberships),
    changed: EVENTS,
    grants: sum(({ memberships }) => memberships),
  }
  for (const [what, count] of Object.entries(wanted))
    if (found![what] !== count) throw new Error(`${found![what]} ${what}, and it must be ${count}`)
}

const COUNTS = `
  select (select count(*)::int from inbox_event where status = 'APPLIED') as applied,
         (select count(*)::int from directory_user where state = 'ACTIVE') as users,
         (select count(*)::int from directory_group where state = 'ACTIVE') as groups,
         (select count(*)::int from membership where visible) as memberships,
         (select count(distinct event_id)::int from change) as changed,
         (select count(*)::int from role_grant where visible) as grants`
