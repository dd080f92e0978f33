import { expect, test } from 'vitest'
import { eachPage } from '../../src/workos/each-page.ts'
import { SnapshotError } from '../../src/workos/snapshot-error.ts'

/** A list whose pages lead from cursor to cursor. */
const leading =
  (next: Readonly<Record<string, string | null>>) =>
  (after: string | null): Promise<{ readonly from: string | null; readonly after: string | null }> =>
    Promise.resolve({ from: after, after: next[after ?? ''] ?? null })

async function read(next: Readonly<Record<string, string | null>>): Promise<(string | null)[]> {
  const from: (string | null)[] = []
  for await (const page of eachPage('/things', leading(next))) {
    from.push(page.from)
    if (from.length > 20) throw new Error('It goes on for ever')
  }
  return from
}

test('a list is read to its end', async () => {
  expect(await read({})).toEqual([null])
  expect(await read({ '': 'a', a: 'b' })).toEqual([null, 'a', 'b'])
})

test.for<[string, Readonly<Record<string, string>>]>([
  ['to itself', { '': 'a', a: 'a' }],
  ['to the one before', { '': 'a', a: 'b', b: 'a' }],
  ['to an earlier one', { '': 'a', a: 'b', b: 'c', c: 'a' }],
])('pages that lead back %s are not followed', async ([, next]) => {
  await expect(read(next)).rejects.toThrow(SnapshotError)
})
