import { describe, expect, test } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { onlyDirectory, request, start } from './start.ts'

async function list(simulator: Simulator, query: string) {
  const scope = `/directory_users?directory=${onlyDirectory(simulator).id}`
  const { status, json } = await request(simulator, 'GET', `${scope}&${query}`)
  expect(status).toBe(200)
  return { ids: json!.data.map(({ id }) => id), ...json!.list_metadata }
}

const inOrder = (simulator: Simulator): string[] => simulator.store.users().map(({ id }) => id)

describe('a list', () => {
  test('has ten objects unless asked, newest first', async () => {
    const simulator = await start()
    const { ids } = await list(simulator, '')
    expect(ids).toEqual(inOrder(simulator).toReversed().slice(0, 10))
  })

  test.for([
    ['asc', 'after', false],
    ['desc', 'after', true],
    ['normal', 'before', true],
  ] as const)('in order %s goes on by %s until the end', async ([order, cursor, reversed]) => {
    const simulator = await start()
    const expected = reversed ? inOrder(simulator).toReversed() : inOrder(simulator)
    const other = cursor === 'after' ? 'before' : 'after'

    const first = await list(simulator, `order=${order}&limit=5`)
    expect(first).toEqual({ ids: expected.slice(0, 5), [cursor]: expected[4], [other]: null })
    const second = await list(simulator, `order=${order}&limit=5&${cursor}=${first[cursor]}`)
    expect(second).toEqual({ ids: expected.slice(5, 10), [cursor]: expected[9], [other]: expected[5] })
    const third = await list(simulator, `order=${order}&limit=5&${cursor}=${second[cursor]}`)
    expect(third).toEqual({ ids: expected.slice(10), [cursor]: null, [other]: expected[10] })
    const back = await list(simulator, `order=${order}&limit=5&${other}=${third[other]}`)
    expect(back).toEqual(second)
    const beginning = await list(simulator, `order=${order}&limit=5&${other}=${back[other]}`)
    expect(beginning).toEqual(first)
  })

  test('goes on behind a cursor whose object is gone', async () => {
    const simulator = await start()
    const expected = inOrder(simulator)
    const first = await list(simulator, 'order=asc&limit=5')
    simulator.actions.offboard({ userId: expected[4]! })
    const second = await list(simulator, `order=asc&limit=5&after=${first.after}`)
    expect(second.ids).toEqual(expected.slice(5, 10))
  })

  test('has who came back under the old id where they stood, also among the members of a group', async () => {
    const simulator = await start()
    const expected = inOrder(simulator)
    const [group] = simulator.store.groupsOf(expected[4]!)
    const members = async () => {
      const { json } = await request(simulator, 'GET', `/directory_users?group=${group!.id}&order=asc&limit=100`)
      return json!.data.map(({ id }) => id)
    }
    const before = await members()
    simulator.actions.offboard({ userId: expected[4]! })
    simulator.actions.rehire({ userId: expected[4]!, sameId: true })
    expect((await list(simulator, 'order=asc&limit=5')).ids).toEqual(expected.slice(0, 5))
    expect(await members()).toEqual(before)
    expect(before).toContain(expected[4])
  })

  test('that is empty has no cursors', async () => {
    const simulator = await start({ usersPerDirectory: 0 })
    expect(await list(simulator, '')).toEqual({ ids: [], before: null, after: null })
  })

  test.for([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['order=up', 'order'],
    ['after=1', 'after'],
    ['before=directory_01E1JG7J09H96KYP8HM9B0G5SJ', 'before'],
  ] as const)('refuses %s and names the field', async ([query, field]) => {
    const simulator = await start()
    const { status, json } = await request(simulator, 'GET', `/directory_users?${query}`)
    expect(status).toBe(422)
    expect(json!.errors.map((error) => error['field'])).toEqual([field])
  })
})
