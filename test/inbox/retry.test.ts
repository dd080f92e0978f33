import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { applyDue, type ApplyContext } from '../../src/inbox/apply-due.ts'
import { UpstreamError } from '../../src/operations/upstream-error.ts'
import { createCompleter } from '../../src/inbox/completer.ts'
import { MAX_ATTEMPTS } from '../../src/inbox/mark.ts'
import { startWorker } from '../../src/inbox/worker.ts'
import { directory, directoryId, event, group, member, user } from '../support/events.ts'
import { openInbox, type Inbox } from './inbox.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
})
beforeEach(() => inbox.empty())
afterEach(() => inbox.db.pool.query('drop function if exists refuse, away cascade'))
afterAll(() => inbox.close())

/** Makes PostgreSQL refuse every write of these users. */
async function refuse(...ids: string[]): Promise<void> {
  await inbox.db.pool.query(`
    create or replace function refuse() returns trigger language plpgsql as $$
    begin
      if new.id = any('{${ids.join(',')}}') then raise exception 'refused for %', new.id using errcode = '23514'; end if;
      return new;
    end $$;
    create or replace trigger refuse before insert or update on directory_user for each row execute function refuse()`)
}

const states = () =>
  inbox.list<string>(`select id || ' ' || state from directory_user where state <> 'UNSEEN' order by id`)

test('an event that cannot be written is put off alone: those around it, of the same batch, are applied', async () => {
  await refuse('directory_user_bad')
  const bad = event('dsync.user.created', user('bad'), 2)
  const good = ['a', 'b', 'c', 'd'].map((name, index) => event('dsync.user.created', user(name), index))
  await inbox.receive(bad, ...good)
  await inbox.applyAll()
  expect(await states()).toEqual(['a', 'b', 'c', 'd'].map((name) => `directory_user_${name} ACTIVE`))
  expect(await inbox.event(bad.id)).toEqual({
    status: 'PENDING',
    attempts: 1,
    error: 'refused for directory_user_bad (23514)',
    pause: 1,
  })
  for (const { id } of good)
    expect(await inbox.event(id)).toMatchObject({ status: 'APPLIED', attempts: 1, error: null })
  expect(inbox.failures).toEqual([{ eventId: bad.id, error: 'refused for directory_user_bad (23514)' }])
  expect(await inbox.list('select position from change order by 1'), 'no gap').toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('it is tried again after pauses that double up to two minutes, and is FAILED after the last attempt', async () => {
  await refuse('directory_user_bad')
  const bad = event('dsync.user.created', user('bad'), 1)
  await inbox.receive(bad)
  const pauses: (number | null)[] = []
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    await inbox.applyAll()
    await inbox.applyAll() // not due yet: no attempt
    const row = await inbox.event(bad.id)
    expect(row).toMatchObject({ attempts: attempt, status: attempt < MAX_ATTEMPTS ? 'PENDING' : 'FAILED' })
    pauses.push(row.pause)
    await inbox.hurry()
  }
  expect(pauses.slice(0, -1)).toEqual([1, 2, 4, 8, 16, 32, 64])
  await inbox.applyAll()
  expect(await inbox.event(bad.id)).toMatchObject({ attempts: MAX_ATTEMPTS, status: 'FAILED' })
  expect(await states()).toEqual([])
})

test('an event that can be written at last is applied, and its error is gone', async () => {
  await refuse('directory_user_bad')
  const bad = event('dsync.user.created', user('bad'), 1)
  await inbox.receive(bad, event('dsync.user.updated', user('bad', { state: 'inactive' }), 2))
  await inbox.applyAll()
  await refuse('nobody')
  await inbox.hurry()
  await inbox.applyAll()
  expect(await inbox.event(bad.id)).toEqual({ status: 'APPLIED', attempts: 2, error: null, pause: null })
  expect(await states()).toEqual(['directory_user_bad INACTIVE'])
})

test('an event that waits for its next attempt does not hold up later events of the same directory', async () => {
  await refuse('directory_user_bad')
  const bad = event('dsync.user.created', user('bad'), 1)
  await inbox.receive(bad)
  await inbox.applyAll()
  const ops = group('ops')
  await inbox.receive(event('dsync.group.user_added', member(ops, user('good')), 2))
  await inbox.applyAll()
  expect(await states()).toEqual(['directory_user_good ACTIVE'])
})

test('a cascade that cannot be carried on does not hold up those of other directories, nor events', async () => {
  await inbox.receive(
    event('dsync.user.created', user('bad', { directory_id: 'directory_a' }), 1),
    event('dsync.user.created', user('good', { directory_id: 'directory_b' }), 1),
  )
  await inbox.applyAll()
  await refuse('directory_user_bad')
  await inbox.receive(
    event('dsync.deleted', directory({ id: 'directory_a' }), 2),
    event('dsync.deleted', directory({ id: 'directory_b' }), 2),
    event('dsync.user.created', user('new'), 3),
  )
  const worker = startWorker({ ...inbox.context(), pollMs: 10, concurrency: 1 })
  try {
    await expect
      .poll(states, { timeout: 20_000 })
      .toEqual(['directory_user_bad ACTIVE', 'directory_user_good DELETED', 'directory_user_new ACTIVE'])
    await refuse('nobody')
    await expect.poll(async () => (await states())[0], { timeout: 20_000 }).toBe('directory_user_bad DELETED')
  } finally {
    await worker.close()
  }
})

test('Law 6: the end of a deleted directory does not wait until the inbox is empty', async () => {
  const hired = (directory: string, name: string) =>
    event('dsync.user.created', user(`${directory}${name}`, { directory_id: `directory_${directory}` }), 1)
  await inbox.receive(...Array.from({ length: 5 }, (_, index) => hired('gone', `${index}`)))
  await inbox.applyAll()
  await inbox.receive(event('dsync.deleted', directory({ id: 'directory_gone' }), 2))
  for (const other of ['x', 'y', 'z'])
    await inbox.receive(...Array.from({ length: 30 }, (_, index) => hired(other, `${index}`)))
  const left: number[] = []
  for (let after: string | null = ''; after !== null && left.at(-1) !== 0;) {
    after = await applyDue(inbox.context({ batchSize: 5 }), after)
    left.push(
      ...(await inbox.list<number>(
        `select count(*) from directory_user where directory_id = 'directory_gone' and state <> 'DELETED'`,
      )),
    )
  }
  expect(left.length, 'batches until all had ended').toBeLessThanOrEqual(4)
  expect((await inbox.list(`select id from inbox_event where status = 'PENDING'`)).length).toBeGreaterThan(50)
})

test('a thin event that WorkOS cannot complete now is put off, and the others are applied', async () => {
  const thin = event('dsync.user.created', { directory_id: directoryId, directory_user_id: 'directory_user_thin' }, 1)
  await inbox.receive(thin, event('dsync.user.created', user('full'), 2))
  await inbox.applyAll({ complete: () => Promise.reject(new Error('503 of WorkOS')) })
  expect(await inbox.event(thin.id)).toEqual({ status: 'PENDING', attempts: 1, error: '503 of WorkOS', pause: 1 })
  expect(await states()).toEqual(['directory_user_full ACTIVE'])
  await inbox.hurry()
  await inbox.applyAll({ complete: ({ id }) => Promise.resolve({ json: { ...user('x'), id, groups: [] } }) })
  expect(await inbox.event(thin.id)).toMatchObject({ status: 'APPLIED', attempts: 2 })
  expect(await states()).toEqual(['directory_user_full ACTIVE', 'directory_user_thin ACTIVE'])
})

test('while WorkOS does not answer a thin event is not given up, and waits for as long as WorkOS asks for', async () => {
  const thin = event('dsync.user.created', { directory_id: directoryId, directory_user_id: 'directory_user_thin' }, 1)
  await inbox.receive(thin)
  const failing = (told: { retryable: boolean; retryAfterMs?: number }) => () =>
    Promise.reject(new UpstreamError('WorkOS failed to respond', told))
  const pauses: (number | null)[] = []
  for (let attempt = 1; attempt <= MAX_ATTEMPTS + 2; attempt += 1) {
    await inbox.applyAll({ complete: failing({ retryable: true }) })
    pauses.push((await inbox.event(thin.id)).pause)
    await inbox.hurry()
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120])
  await inbox.applyAll({ complete: failing({ retryable: true, retryAfterMs: 600_000 }) })
  expect(await inbox.event(thin.id)).toMatchObject({ status: 'PENDING', pause: 600 })
  await inbox.hurry()
  await inbox.db.pool.query(`update inbox_event set received_at = received_at - interval '25 hours'`)
  await inbox.applyAll({ complete: failing({ retryable: true }) })
  expect(await inbox.event(thin.id), 'after a day').toMatchObject({ status: 'FAILED' })
  await inbox.db.pool.query(`update inbox_event set status = 'PENDING', received_at = now()`)
  await inbox.hurry()
  // Asked again, WorkOS would say the same of it.
  await inbox.applyAll({ complete: failing({ retryable: false }) })
  expect(await inbox.event(thin.id)).toMatchObject({ status: 'FAILED', error: 'WorkOS failed to respond' })
})

test('while one instance asks WorkOS for a thin event, no other does, and whole events go on', async () => {
  const thin = event('dsync.user.created', { directory_id: directoryId, directory_user_id: 'directory_user_thin' }, 1)
  await inbox.receive(thin)
  const asked: string[] = []
  const answer = Promise.withResolvers<{ json: unknown }>()
  const complete: ApplyContext['complete'] = ({ id }) => {
    asked.push(id)
    return answer.promise
  }
  const instances = Array.from({ length: 3 }, () => {
    const completer = createCompleter({ onError: (error) => expect.unreachable(String(error)) })
    return inbox.context({ complete, completer })
  })
  for (const instance of [...instances, ...instances]) await applyDue(instance, '')
  await inbox.receive(event('dsync.user.created', user('whole'), 2))
  for (const instance of instances) await applyDue(instance, '')
  expect(asked).toEqual(['directory_user_thin'])
  expect(await states()).toEqual(['directory_user_whole ACTIVE'])
  answer.resolve({ json: { ...user('x'), id: 'directory_user_thin', groups: [] } })
  for (const { completer } of instances) await completer.idle()
  expect(await inbox.event(thin.id)).toMatchObject({ status: 'APPLIED', attempts: 1 })
})

test('what WorkOS gives for a thin event is checked as an event is', async () => {
  const thin = event('dsync.user.created', { directory_id: directoryId, directory_user_id: 'directory_user_thin' }, 1)
  await inbox.receive(thin)
  await inbox.applyAll({ complete: ({ id }) => Promise.resolve({ json: { id, email: ['no text'] } }) })
  expect(await inbox.event(thin.id)).toMatchObject({ status: 'FAILED' })
  expect((await inbox.event(thin.id)).error).toMatch(/^data\.email: /)
})

test('an event whose writing fails by the condition of the database is not counted against it', async () => {
  await inbox.receive(event('dsync.user.created', user('ada'), 1))
  await inbox.db.pool.query(`
    create function away() returns trigger language plpgsql as $$
    begin raise exception 'shutting down' using errcode = '57P01'; end $$;
    create trigger away before insert on directory_user for each row execute function away()`)
  await expect(inbox.applyAll()).rejects.toThrow('The batch was rolled back')
  expect(await inbox.list('select attempts from inbox_event')).toEqual([0])
  await inbox.db.pool.query('drop function away cascade')
  await inbox.applyAll()
  expect(await states()).toEqual(['directory_user_ada ACTIVE'])
})
