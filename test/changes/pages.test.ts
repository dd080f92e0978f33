import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendChanges } from '../../src/changes/append.ts'
import { createCursorSeal, type CursorSeal } from '../../src/changes/cursor.ts'
import { readCursorKey } from '../../src/changes/read.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { overWebSocket } from '../support/live.ts'
import { draft, range } from './change-log.ts'

let app: TestApp
let key: string
let seal: CursorSeal
beforeAll(async () => {
  app = await startTestApp()
  key = await app.key()
  seal = createCursorSeal(await readCursorKey(app.db.pool))
  const drafts = range(1, 30).map((n) =>
    draft({ directoryUserId: n % 3 === 0 ? 'directory_user_third' : 'directory_user_test' }),
  )
  await inTransaction(app.db.pool, (tx) => appendChanges(tx, drafts))
})
afterAll(() => app.close())

interface Page {
  /** Positions; the reason of a declared gap. */
  readonly nodes: (number | string)[]
  readonly previous: boolean
  readonly next: boolean
  readonly start: string | null
  readonly end: string | null
  readonly total: number
}

async function page(args: string): Promise<Page> {
  interface Data {
    changes: {
      totalCount: number
      pageInfo: { hasPreviousPage: boolean; hasNextPage: boolean; startCursor: string | null; endCursor: string | null }
      edges: { cursor: string; node: { cursor: string; reason?: string } }[]
    }
  }
  const query = `{
    changes(${args}) {
      totalCount
      pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
      edges { cursor node { cursor ... on DiscontinuityChange { reason } } }
    }
  }`
  const { data, errors } = await ask<Data, object>(app.url, key, query)
  if (data == null) throw new Error(errors?.[0]?.message)
  const { edges, pageInfo, totalCount } = data.changes
  for (const { cursor, node } of edges) expect(cursor).toBe(node.cursor)
  return {
    nodes: edges.map(({ node }) => node.reason ?? seal.open(node.cursor)!.position),
    previous: pageInfo.hasPreviousPage,
    next: pageInfo.hasNextPage,
    start: pageInfo.startCursor,
    end: pageInfo.endCursor,
    total: totalCount,
  }
}

test('pages forwards hold each change once, oldest first', async () => {
  const seen: (number | string)[] = []
  let found = await page('first: 7')
  expect(found).toMatchObject({ previous: false, next: true, total: 30 })
  seen.push(...found.nodes)
  while (found.next) {
    found = await page(`first: 7, after: "${found.end}"`)
    expect(found.previous).toBe(true)
    seen.push(...found.nodes)
  }
  expect(seen).toEqual(range(1, 30))
})

test('pages backwards hold each change once, the newest page first and each page oldest first', async () => {
  const seen: (number | string)[] = []
  let found = await page('last: 7')
  expect(found).toMatchObject({ previous: true, next: false, total: 30 })
  seen.unshift(...found.nodes)
  while (found.previous) {
    found = await page(`last: 7, before: "${found.start}"`)
    expect(found.next).toBe(true)
    seen.unshift(...found.nodes)
  }
  expect(seen).toEqual(range(1, 30))
})

test('a page between two cursors holds what is between them', async () => {
  const between = `after: "${seal.seal({ position: 10 })}", before: "${seal.seal({ position: 14 })}"`
  expect((await page(`first: 2, ${between}`)).nodes).toEqual([11, 12])
  expect((await page(`last: 2, ${between}`)).nodes).toEqual([12, 13])
})

test('a filter counts and shows only what it lets through', async () => {
  const found = await page('first: 4, filter: { directoryUserId: "directory_user_third" }')
  expect(found).toMatchObject({ nodes: [3, 6, 9, 12], total: 10, next: true })
})

test('after the last there is an empty page, and its reader is told nothing wrong', async () => {
  expect(await page(`after: "${seal.seal({ position: 30 })}"`)).toMatchObject({
    nodes: [],
    next: false,
    previous: true,
    end: null,
  })
})

test('a cursor ahead of the log is declared, with where to go on', async () => {
  const found = await page(`after: "${seal.seal({ position: 1_000 })}"`)
  expect(found).toMatchObject({ nodes: ['AHEAD'], next: false })
  expect(seal.open(found.end!)?.position).toBe(30)
})

describe('a cursor of a change that another has replaced, since the database was restored,', () => {
  const after = () => seal.seal({ position: 20, recordedAt: new Date('2026-01-01') })

  test('is declared to a reader, with where to go on', async () => {
    const found = await page(`after: "${after()}"`)
    expect(found).toMatchObject({ nodes: ['AHEAD'], next: false })
    expect((await page(`after: "${found.end}"`)).nodes).toEqual([])
  })

  test('is declared to a subscriber', async () => {
    const live = overWebSocket<{ changes: { reason: string; cursor: string } }>(app.url, key, {
      query:
        'subscription ($after: String) { changes(after: $after) { cursor ... on DiscontinuityChange { reason } } }',
      variables: { after: after() },
    })
    const { changes } = await live.next()
    expect(changes.reason).toBe('AHEAD')
    expect(seal.open(changes.cursor)?.position).toBe(30)
  })
})

test('what was never a cursor is refused by the name of the argument', async () => {
  await expect(page('after: "17"')).rejects.toThrow('after: is not the cursor of a change')
  await expect(page('last: 5, before: "17"')).rejects.toThrow('before: is not the cursor of a change')
})

test.each(['first: 0', 'first: 101', 'last: -1', 'last: 101', 'first: 1, last: 1'])(
  'a page of %s is refused',
  async (args) => {
    await expect(page(args)).rejects.toThrow(/^(first|last): must/)
  },
)

describe('where the oldest changes were purged', () => {
  beforeAll(async () => {
    await inTransaction(app.db.pool, async (tx) => {
      await tx.query('update change_clock set purged_through = 10')
      await tx.query('delete from change where position <= 10')
    })
  })

  test('a reader who had not seen them all is told so first, and then reads on', async () => {
    const found = await page(`first: 5, after: "${seal.seal({ position: 4 })}"`)
    expect(found.nodes).toEqual(['PURGED', 11, 12, 13, 14, 15])
    expect((await page(`first: 5, after: "${found.end}"`)).nodes).toEqual(range(16, 20))
  })

  test('a reader who had seen them all is told of no gap', async () => {
    expect((await page(`first: 2, after: "${seal.seal({ position: 10 })}"`)).nodes).toEqual([11, 12])
  })

  test('who reads from the beginning reads from the first that is left', async () => {
    expect(await page('first: 2')).toMatchObject({ nodes: [11, 12], previous: false })
  })

  test('a reader who pages back to a cursor sees all that is left, and the gap at its place', async () => {
    const since = `after: "${seal.seal({ position: 4 })}"`
    const seen: (number | string)[] = []
    let found = await page(`last: 8, ${since}`)
    seen.unshift(...found.nodes)
    while (found.previous) {
      found = await page(`last: 8, ${since}, before: "${found.start}"`)
      seen.unshift(...found.nodes)
      if (found.nodes.length === 0) break
    }
    expect(seen).toEqual(['PURGED', ...range(11, 30)])
  })
})
