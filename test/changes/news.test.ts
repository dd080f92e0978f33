import { expect, test } from 'vitest'
import { markUntold } from '../../src/changes/mark-untold.ts'
import { createNews, type News } from '../../src/changes/news.ts'
import type { QuickReads } from '../../src/db/quick-reads.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { purgeChanges } from '../../src/retention/purge-changes.ts'
import { changeLogs, restore } from './change-log.ts'

type Reads = Pick<QuickReads, 'query'>

const openLog = changeLogs()

interface Watch {
  readonly news: News
  /** For whom it has been quiet since the first look. */
  readonly quiet: () => Promise<string[]>
  /** The same inside of directories. */
  readonly quietIn: (...directoryIds: string[]) => Promise<string[]>
}

/** News that have been looked at once. */
async function watch(db: Reads): Promise<Watch> {
  const news = createNews(db)
  await news.look()
  const since = news.now()
  const quietIn = async (directoryIds: readonly string[] | null) => {
    await news.look()
    return ['org_a', 'org_b', null].filter((id) => news.isQuietSince(since, id, directoryIds)).map(String)
  }
  return { news, quiet: () => quietIn(null), quietIn: (...directoryIds) => quietIn(directoryIds) }
}
const EVERYBODY = ['org_a', 'org_b', 'null']

test('before the first look, nothing is known to be quiet', async () => {
  const { db } = await openLog()
  const news = createNews(db.quick)
  const before = news.now()
  await news.look()
  expect(EVERYBODY.filter((id) => news.isQuietSince(before, id, null))).toEqual([])
})

test('a change concerns its organization and those who see all; one of no organization concerns everybody', async () => {
  const log = await openLog()
  const { db } = log
  const one = await watch(db.quick)
  expect(await one.quiet()).toEqual(EVERYBODY)
  await log.append(3, { organizationId: 'org_a' })
  expect(await one.quiet()).toEqual(['org_b'])
  const other = await watch(db.quick)
  await log.append(1, { organizationId: null })
  expect(await other.quiet()).toEqual([])
  expect(await (await watch(db.quick)).quiet()).toEqual(EVERYBODY)
})

test('a change in a directory concerns nobody inside of other ones, and whoever looks into its own', async () => {
  const log = await openLog()
  const one = await watch(log.db.quick)
  await log.append(3, { organizationId: 'org_a', directoryId: 'directory_a' })
  expect(await one.quiet()).toEqual(['org_b'])
  expect(await one.quietIn('directory_b')).toEqual(EVERYBODY)
  expect(await one.quietIn('directory_a')).toEqual([])
  expect(await one.quietIn('directory_b', 'directory_a')).toEqual([])
})

test('a change of no directory concerns its organization in all of them; one of no organization concerns everybody', async () => {
  const log = await openLog()
  const one = await watch(log.db.quick)
  await log.append(1, { organizationId: 'org_a', directoryId: '' })
  expect(await one.quietIn('directory_a')).toEqual(['org_b'])
  const other = await watch(log.db.quick)
  await log.append(1, { organizationId: null, directoryId: 'directory_a' })
  expect(await other.quietIn('directory_b')).toEqual([])
})

test('what was written without a change concerns everybody, in all directories', async () => {
  const { db } = await openLog()
  const { quiet, quietIn } = await watch(db.quick)
  await inTransaction(db.pool, (tx) => markUntold(tx))
  expect(await quiet()).toEqual([])
  expect(await quietIn('directory_a')).toEqual([])
})

test('what is not committed has not come, and is not missed when it is', async () => {
  const log = await openLog()
  const { db } = log
  const { quiet } = await watch(db.quick)
  const tx = await db.pool.connect()
  await tx.query('begin')
  await tx.query(`update change_clock set position = position + 1`)
  await tx.query(
    `insert into change (position, kind, directory_id, organization_id, changed_fields, source, occurred_at)
     select position, 'DIRECTORY_UPDATED', 'directory_a', 'org_a', '{}', 'WEBHOOK', now() from change_clock`,
  )
  expect(await quiet()).toEqual(EVERYBODY)
  const behind = log.append(1, { organizationId: 'org_b' })
  expect(await quiet()).toEqual(EVERYBODY)
  await tx.query('commit')
  tx.release()
  await behind
  expect(await quiet()).toEqual([])
})

test('of changes that are more than can be looked at, or purged, or of a log that has become shorter, nobody knows whom they concern', async () => {
  const log = await openLog()
  const { db } = log
  const many = await watch(db.quick)
  await log.append(10_001, { organizationId: 'org_a' })
  expect(await many.quiet()).toEqual([])
  expect(await many.quietIn('directory_b')).toEqual([])
  const purged = await watch(db.quick)
  await log.append(1, { organizationId: 'org_a' })
  while (await purgeChanges(db.pool, new Date(Date.now() + 60_000)));
  expect(await purged.quiet()).toEqual([])
  expect(await purged.quietIn('directory_b')).toEqual([])
  const restored = await watch(db.quick)
  await db.pool.query('update change_clock set position = position - 1')
  expect(await restored.quiet()).toEqual([])
})

test('nor of a log that was restored, and has grown past where it was', async () => {
  const log = await openLog()
  const head = await log.append(5, { organizationId: 'org_b' })
  const restored = await watch(log.db.quick)
  await restore(log, head - 3)
  await log.append(4, { organizationId: 'org_a' })
  expect(await restored.quiet()).toEqual([])
})

test('who looks while a statement is under way shares the next one, since that one may have been too early', async () => {
  const log = await openLog()
  const { db } = log
  let statements = 0
  const gates: (() => void)[] = []
  const slow: Reads = {
    async query<Row extends object>(text: string, values: unknown[]) {
      statements += 1
      const rows = await db.quick.query<Row>(text, values)
      await new Promise<void>((resolve) => gates.push(resolve))
      return rows
    },
  }
  const news = createNews(slow)
  const open = async () => {
    await expect.poll(() => gates.length).toBe(1)
    gates.pop()!()
  }
  const first = news.look()
  await open()
  await first
  const since = news.now()

  const early = news.look() // has been answered, and is held up on its way back
  await expect.poll(() => gates.length).toBe(1)
  await log.append(1, { organizationId: 'org_a' })
  const late = [news.look(), news.look(), news.look()]
  await open()
  await early
  expect(news.isQuietSince(since, 'org_a', null)).toBe(true)
  await open()
  await Promise.all(late)
  expect(news.isQuietSince(since, 'org_a', null)).toBe(false)
  expect(statements).toBe(3)
})

test('a database that fails or does not answer in time is said, and asked anew by the next who looks', async () => {
  const log = await openLog()
  const { db } = log
  const turns = [() => Promise.reject(new Error('away')), () => new Promise<never>(() => {}), () => Promise.resolve()]
  const broken: Reads = {
    async query<Row extends object>(text: string, values: unknown[]) {
      await turns.shift()!()
      return db.quick.query<Row>(text, values)
    },
  }
  const news = createNews(broken)
  await expect(news.look()).rejects.toThrow('away')
  const hanging = news.look()
  const next = news.look()
  await log.append(1, { organizationId: 'org_a' })
  const before = news.now()
  await expect(hanging).rejects.toThrow('in time')
  await next
  expect([news.isQuietSince(before, 'org_a', null), news.isQuietSince(news.now(), 'org_a', null)]).toEqual([
    false,
    true,
  ])
})
