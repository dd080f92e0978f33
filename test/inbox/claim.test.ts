import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../../src/db/transaction.ts'
import type { Tx } from '../../src/db/database.ts'
import { claimEvents, type ClaimRequest } from '../../src/inbox/claim.ts'
import { findWork } from '../../src/inbox/find-work.ts'
import { allStatementsOf, type Statement } from '../graphql/statements.ts'
import { event, group, user } from '../support/events.ts'
import { waitingLocks } from '../support/waiting-locks.ts'
import { openInbox, type Inbox } from './inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterAll(() => inbox.close())

const hired = (directory: string, name: string, at: number) =>
  event('dsync.user.created', user(`${directory}-${name}`, { directory_id: `directory_${directory}` }), at)

const claimIn = async (tx: Tx, request: ClaimRequest) => (await claimEvents(tx, request)).events
const claim = (directoryIds: readonly string[], limit: number) =>
  inTransaction(inbox.db.pool, (tx) => claimIn(tx, { directoryIds, limit }))

test('the events of a directory are claimed in the order in which they happened, not in which they came', async () => {
  const events = [5, 1, 3, 2, 4].map((second) => hired('a', `${second}`, second))
  for (const one of events) await inbox.receive(one)
  const claimed = await inTransaction(inbox.db.pool, async (tx) => {
    // Not because an index happens to give them so.
    await tx.query('set local enable_indexscan = off; set local enable_bitmapscan = off')
    return claimIn(tx, { directoryIds: ['directory_a'], limit: 4 })
  })
  expect(claimed.map(({ occurredAt }) => occurredAt.getUTCSeconds())).toEqual([1, 2, 3, 4])
})

test('two workers never have the events of one directory at once, and never wait for each other', async () => {
  await inbox.receive(hired('a', 'x', 1), hired('b', 'x', 1))
  await inTransaction(inbox.db.pool, async (tx) => {
    const first = await claimIn(tx, { directoryIds: ['directory_a'], limit: 10 })
    expect(first.map(({ directoryId }) => directoryId)).toEqual(['directory_a'])
    expect(await claim(['directory_a'], 10)).toEqual([])
    expect((await claim(['directory_a', 'directory_b'], 10)).map((one) => one.directoryId)).toEqual(['directory_b'])
  })
  expect(await claim(['directory_a'], 10), 'after the transaction they are to be had again').toHaveLength(1)
})

test('whoever waits for a directory to claim one event finds it as it was left there', async () => {
  const one = hired('a', 'x', 1)
  await inbox.receive(one)
  const request = { directoryIds: ['directory_a'], eventId: one.id } as const
  const waiting = await inTransaction(inbox.db.pool, async (tx) => {
    expect(await claimIn(tx, request)).toHaveLength(1)
    const other = inTransaction(inbox.db.pool, (its) => claimIn(its, request))
    await expect.poll(() => waitingLocks(inbox.db.pool, `locktype = 'advisory'`), { interval: 2 }).toBe(1)
    await tx.query(`update inbox_event set status = 'APPLIED'`)
    return [other]
  })
  expect(await waiting[0]).toEqual([])
})

test('many small directories share a transaction; a full one is left to itself', async () => {
  await inbox.receive(...['a', 'b', 'c', 'd'].map((name) => hired(name, 'x', 1)))
  expect(
    await claim(
      ['a', 'b', 'c', 'd'].map((name) => `directory_${name}`),
      10,
    ),
  ).toHaveLength(4)
  await inbox.receive(...Array.from({ length: 9 }, (_, index) => hired('a', `${index}`, index)))
  const claimed = await claim(
    ['a', 'b', 'c', 'd'].map((name) => `directory_${name}`),
    10,
  )
  expect(new Set(claimed.map(({ directoryId }) => directoryId))).toEqual(new Set(['directory_a']))
})

test('each directory gets its turn: the due ones come from where the last turn ended, and round', async () => {
  await inbox.receive(...['a', 'b', 'c', 'd'].map((name) => hired(name, 'x', 1)))
  const due = async (after: string) =>
    (await findWork(inbox.db.pool, after, 250)).due.map((id) => id.slice(-1)).join('')
  expect([await due(''), await due('directory_b'), await due('directory_d')]).toEqual(['abcd', 'cdab', 'abcd'])
})

test('Law 10: a transaction takes no more events than its limit over all directories, and not many large bodies', async () => {
  await inbox.receive(...['a', 'b', 'c'].flatMap((name) => [1, 2, 3].map((at) => hired(name, `${at}`, at))))
  expect(await claim(['directory_a', 'directory_b', 'directory_c'], 5)).toHaveLength(3)
  expect((await claim(['directory_a', 'directory_b', 'directory_c'], 7)).length).toBeLessThanOrEqual(7)
  await inbox.receive(...Array.from({ length: 20 }, (_, index) => hired('large', `${index}`, index)))
  // Spaces after a body mean nothing, and PostgreSQL has a million of them sooner than anybody could send them.
  await inbox.db.pool.query(`update inbox_event set body = body || convert_to(repeat(' ', 1000000), 'UTF8')
                             where directory_id = 'directory_large'`)
  const claimed = await claim(['directory_large'], 500)
  expect(claimed.length).toBeGreaterThan(10)
  expect(claimed.length).toBeLessThanOrEqual(18)
  await inbox.applyAll()
  expect(await inbox.list(`select distinct status from inbox_event`)).toEqual(['APPLIED'])
})

test('a directory whose groups are named shares its transaction with no other, and names 25 in one at the most', async () => {
  const named = (directory: string, n: number) =>
    event('dsync.group.created', group(`${directory}-${n}`, { directory_id: `directory_${directory}` }), n)
  const told = async (ids: readonly string[]) => {
    const directoryIds = ids.map((id) => `directory_${id}`)
    const claimed = await claim(directoryIds, 500)
    return claimed.map(({ directoryId }) => directoryId.slice(-1)).join('')
  }
  await inbox.receive(...['a', 'b', 'c', 'd'].map((name) => hired(name, 'x', 1)))
  await inbox.receive(...Array.from({ length: 30 }, (_, n) => named('c', n + 2)))
  // Up to the first that is named; whoever goes on behind those begins with it.
  expect(await told(['a', 'b', 'c', 'd'])).toBe('abc')
  expect(await told(['d', 'a', 'b', 'c'])).toBe('dabc')
  expect(await told(['c', 'd', 'a', 'b'])).toBe('c'.repeat(26))
  await inbox.applyAll()
  expect(await inbox.list(`select distinct status from inbox_event`)).toEqual(['APPLIED'])
})

test('whoever joins a group that nobody has told of names it, and whoever joins one that is known does not', async () => {
  const joins = (directory: string, of: string, n: number) => {
    const whose = { directory_id: `directory_${directory}` }
    const [where, who] = [group(`${directory}-${of}`, whose), user(`${directory}-x`, whose)]
    return event('dsync.group.user_added', { directory_id: whose.directory_id, group: where, user: who }, n)
  }
  const told = async () =>
    (await claim(['directory_a', 'directory_b'], 500)).map(({ directoryId }) => directoryId.slice(-1)).join('')
  await inbox.receive(hired('a', 'x', 1), hired('b', 'x', 1))
  await inbox.receive(joins('b', 'staff', 2))
  expect(await told()).toBe('ab')
  expect((await findWork(inbox.db.pool, '', 10)).areFew).toBe(false)
  await inbox.applyAll()
  await inbox.receive(hired('a', 'y', 3), joins('b', 'staff', 3))
  expect(await told()).toBe('ab')
  expect((await findWork(inbox.db.pool, '', 10)).areFew).toBe(true)
})

test('where few are due, they are claimed at once, but for those of directories that somebody else has', async () => {
  await inbox.receive(...['a', 'b', 'c', 'd'].map((name) => hired(name, 'x', 1)), hired('d', 'y', 2))
  const found = async (few: number) => (await findWork(inbox.db.pool, '', few)).areFew
  expect([await found(4), await found(5)]).toEqual([false, true])
  const directoryIds = ['directory_a', 'directory_b', 'directory_c', 'directory_d']
  await inTransaction(inbox.db.pool, async (other) => {
    await claimIn(other, { directoryIds: ['directory_b'], limit: 1 })
    const claimed = await inTransaction(inbox.db.pool, (tx) => claimIn(tx, { directoryIds, limit: 10, areFew: true }))
    expect(claimed.map((one) => one.directoryId.slice(-1)).join('')).toBe('acdd')
  })
})

test('what has waited and does no more costs nobody who looks for work, though nothing was vacuumed, or analyzed', async () => {
  await inbox.db.pool.query(`
    insert into inbox_event (id, type, directory_id, source, status, body, occurred_at)
    select 'event_' || n, 'dsync.user.updated', 'directory_' || n % 10, 'WEBHOOK', 'PENDING', convert_to(repeat('x', 700), 'UTF8'), now()
    from generate_series(1, 20000) n;
    update inbox_event set status = 'APPLIED'`)
  const look = async () => {
    const [, walk, find] = (await allStatementsOf(() => findWork(inbox.db.pool, '', 250))) as [
      Statement,
      Statement,
      Statement,
    ]
    return inTransaction(inbox.db.pool, async (tx) => {
      await tx.query(walk.text)
      await tx.query(`prepare looking as ${find.text}`)
      const explain = `explain (analyze, buffers, format json) execute looking('', 250)`
      const { rows } = await tx.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(explain)
      await tx.query('deallocate looking')
      return rows[0]!['QUERY PLAN'][0].Plan['Shared Hit Blocks']!
    })
  }
  const [pages] = await inbox.list<number>(
    `select pg_relation_size('inbox_event_pending_idx') / current_setting('block_size')::int`,
  )
  // The index of what waits is walked once, and no row of it is looked at again, as soon as nobody can see them waiting
  // any more.
  await expect.poll(look, { timeout: 20_000 }).toBeLessThan(pages! + 50)
})

test('whether a group is known is asked of one at a time, also where it was planned while many waited', async () => {
  await inbox.receive(event('dsync.group.created', group('dev'), 1))
  await inbox.applyAll()
  await inbox.db.pool.query(`
    insert into directory_group select (other).* from (
      select jsonb_populate_record(g, jsonb_build_object('id', 'directory_group_' || n)) as other
      from directory_group g cross join generate_series(1, 5000) n) others;
    insert into inbox_event (id, type, directory_id, source, status, body, occurred_at, group_id)
    select 'event_' || n, 'dsync.group.user_added', directory_id, 'WEBHOOK', 'PENDING', '', now(), 'directory_group_' || n % 5000
    from generate_series(1, 20000) n, (select id as directory_id from directory) d;
    analyze directory_group, inbox_event`)
  const statements = await allStatementsOf(async () => {
    await findWork(inbox.db.pool, '', 250)
    await claim(['directory_none'], 500)
  })
  const about = statements.filter(({ text }) => text.includes('from directory_group'))
  expect(about.map(({ name }) => name)).toEqual(['find-work', 'claim-events'])
  const client = await inbox.db.pool.connect()
  try {
    await client.query(`begin; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off`)
    for (const { name, text } of about) {
      await client.query(`prepare "asked ${name}" as ${text}`)
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute "asked ${name}" (null, null)`)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      // `directory_group g` is where IS_NAMING looks.
      expect(plan).toMatch(/on directory_group g\b.*\n\s+Index Cond: \(id = /)
      await client.query(`deallocate "asked ${name}"`)
    }
  } finally {
    await client.query('rollback')
    client.release()
  }
})

test('what goes on by itself is told with what is due', async () => {
  const told = async () => {
    const { unfinished, unsettled } = await findWork(inbox.db.pool, '', 1)
    return [unfinished, unsettled]
  }
  await inbox.receive(hired('a', 'x', 1))
  await inbox.applyAll()
  expect(await told()).toEqual([false, false])
  await inbox.db.pool.query(`update directory set cascade_after = ''`)
  expect(await told()).toEqual([true, false])
  await inbox.db.pool.query(`
    update directory set cascade_after = null;
    insert into account_due (account_id, source, occurred_at) select id, 'MUTATION', now() from account`)
  expect(await told()).toEqual([false, true])
})
