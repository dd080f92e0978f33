// Groups are read for many people at once, and are still a list of each.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'

const NAMES = ['delta', 'Alpha', 'charlie', 'Bravo', 'echo']
const groups = NAMES.map((name) => group(name.toLowerCase(), { name }))
const people = Array.from({ length: 9 }, (_, n) => user(`person_${n}`))
/** The first is in no group, the second in one, and so on; the last in the last one alone. */
const groupsOf = (n: number) => (n === 8 ? groups.slice(-1) : groups.slice(0, n % 6))

let app: TestApp
let key: string
beforeAll(async () => {
  app = await startTestApp()
  await app.deliver(event('dsync.activated', directory(), 1))
  for (const each of groups) await app.deliver(event('dsync.group.created', each, 2, `event_${each.id}`))
  for (const [n, each] of people.entries()) {
    await app.deliver(event('dsync.user.created', each, 3, `event_${each.id}`))
    for (const of of groupsOf(n))
      await app.deliver(event('dsync.group.user_added', member(of, each), 4, `event_${each.id}_${of.id}`))
  }
  await app.applied()
  key = await app.key()
})
afterAll(() => app.close())

interface Page {
  readonly nodes: readonly { readonly name: string }[]
  readonly totalCount: number
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

async function pagesOf(ids: readonly string[], page: string): Promise<Page[]> {
  const body = `{ nodes { name } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
  const query = `{ ${ids.map((id, n) => `u${n}: directoryUser(id: "${id}") { groups(${page}) ${body} }`).join(' ')} }`
  const { data, errors } = await ask<Record<string, { groups: Page }>, Record<string, never>>(app.url, key, query)
  expect(errors).toBeUndefined()
  return Object.values(data!).map(({ groups }) => groups)
}

const sorted = (n: number) =>
  groupsOf(n)
    .map(({ name }) => name)
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
const all = people.map(({ id }) => id)

test.for([
  ['all', all],
  ['one', all.slice(4, 5)],
] as const)('by name from either end, of %s', async ([, ids]) => {
  const first = (id: string) => all.indexOf(id)
  for (const [index, page] of (await pagesOf(ids, 'first: 2')).entries()) {
    const names = sorted(first(ids[index]!))
    expect(page.nodes.map(({ name }) => name)).toEqual(names.slice(0, 2))
    expect(page.totalCount).toBe(names.length)
    expect(page.pageInfo.hasNextPage).toBe(names.length > 2)
  }
  for (const [index, page] of (await pagesOf(ids, 'last: 2')).entries()) {
    const names = sorted(first(ids[index]!))
    expect(page.nodes.map(({ name }) => name)).toEqual(names.slice(-2))
    expect(page.pageInfo.hasPreviousPage).toBe(names.length > 2)
  }
})

test('who has many groups takes none of the place of who has few', async () => {
  const pages = await pagesOf([all[5]!, all[8]!], 'first: 1')
  expect(pages.map(({ nodes, pageInfo }) => [nodes[0]?.name, pageInfo.hasNextPage])).toEqual([
    ['Alpha', true],
    ['echo', false],
  ])
})

test('a cursor goes on from where a page ended, from either end', async () => {
  const whole = all[5]!
  const [page] = await pagesOf([whole], 'first: 2')
  const [next] = await pagesOf([whole], `first: 2, after: "${page!.pageInfo.endCursor}"`)
  const [back] = await pagesOf([whole], `last: 1, before: "${next!.pageInfo.startCursor}"`)
  expect(page!.nodes.concat(next!.nodes).map(({ name }) => name)).toEqual(['Alpha', 'Bravo', 'charlie', 'delta'])
  expect(back!.nodes.map(({ name }) => name)).toEqual(['Bravo'])
})
