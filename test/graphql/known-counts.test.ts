// Counts are kept until the change log says that they may have changed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNews } from '../../src/changes/news.ts'
import { createKnownCounts, type Question } from '../../src/graphql/loading/known-counts.ts'
import { makeNews } from '../answers/news.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { directory, event, group, member, user } from '../support/events.ts'
import { statementsOf } from './statements.ts'

describe('kept', () => {
  const question: Question = { key: 'users', directoryOf: () => null }

  /** Counts that rise with each time that they are counted. */
  function open(maxBytes = 1_000_000) {
    const { news, happen } = makeNews()
    const known = createKnownCounts(news, maxBytes)
    const counted: string[][] = []
    const find = (ids: string[], asked = question) =>
      known.read('org')(asked, ids, (missing) => {
        counted.push([...missing])
        return Promise.resolve(missing.map(() => counted.length))
      })
    return { known, news, happen, counted, find }
  }

  test('only what is not known is counted, and all of it once something has come', async () => {
    const { counted, find, happen } = open()
    expect(await find(['a', 'b'])).toEqual([1, 1])
    expect(await find(['b', 'c', 'a'])).toEqual([1, 2, 1])
    happen()
    expect(await find(['c', 'a'])).toEqual([3, 3])
    expect(counted).toEqual([['a', 'b'], ['c'], ['c', 'a']])
  })

  test('what came while it was counted makes it old', async () => {
    const { known, news, happen, counted, find } = open()
    await known.read('org')(question, ['a'], async () => {
      happen()
      await news.look() // somebody else's
      return [7]
    })
    await find(['a'])
    expect(counted).toEqual([['a']])
  })

  test('one read looks once whether anything has come', async () => {
    const { known, happen, find } = open()
    await find(['a'])
    const read = known.read('org')
    const count = () => Promise.resolve([7])
    expect(await read(question, ['a'], count)).toEqual([1])
    happen()
    expect(await read(question, ['a'], count)).toEqual([1])
    expect(await find(['a'])).toEqual([2])
  })

  test('another question has counts of its own', async () => {
    const { find } = open()
    expect([await find(['a']), await find(['a'], { ...question, key: 'groups' })]).toEqual([[1], [2]])
  })

  test('if the database does not say whether anything has come, it is asked for the count', async () => {
    const { news, find } = open()
    await find(['a'])
    news.look = () => Promise.reject(new Error('away'))
    expect(await find(['a'])).toEqual([2])
  })

  test('nothing is kept without memory for it, and no more than fits', async () => {
    const none = open(0)
    await none.find(['a'])
    expect(await none.find(['a'])).toEqual([2])
    const few = open(1_000)
    await few.find(Array.from({ length: 100 }, (_, n) => `${n}`))
    await few.find(['99', '0'])
    expect(few.counted[1]).toEqual(['0'])
  })
})

describe('on a server', () => {
  let app: TestApp
  let key: string
  const of = (id: string) => ({ directory_id: id })
  const [one, other] = ['directory_one', 'directory_other']
  beforeAll(async () => {
    app = await startTestApp()
    key = await app.key('org_test')
    for (const id of [one, other]) {
      await tell('dsync.activated', directory({ id }))
      await tell('dsync.group.created', group(id, of(id)))
      await tell('dsync.group.user_added', member(group(id, of(id)), user(id, of(id)), id))
    }
  })
  afterAll(() => app.close())

  async function tell(type: string, data: Record<string, unknown>): Promise<void> {
    expect(await app.deliver(event(type, data))).toBe(200)
    await app.applied()
  }

  let asked = 0
  /** What is answered to a query that was never asked before, and how many statements count for it. */
  async function answered(fields: string): Promise<[unknown, number]> {
    let data: unknown
    const name = `Asked${(asked += 1)}`
    const statements = await statementsOf(async () => {
      const answer = await ask<object, Record<string, never>>(app.url, key, `query ${name} { ${fields} }`)
      expect(answer.errors).toBeUndefined()
      data = answer.data
    })
    return [data, statements.filter(({ text }) => text.includes('count(')).length]
  }

  const OF_ONE = `directory(id: "${one}") { userCount groupCount users { totalCount } groups { nodes { memberCount members { totalCount } } } }`
  const USERS = (id: string) => `directoryUsers(filter: { directoryId: "${id}" }) { totalCount }`
  const counts = (users: number, groups: number, members: number) => ({
    directory: {
      userCount: users,
      groupCount: groups,
      users: { totalCount: users },
      groups: { nodes: [{ memberCount: members, members: { totalCount: members } }] },
    },
  })

  test('counts are read again after a change of their directory, and not after that of another', async () => {
    await answered(OF_ONE) // the first look knows nothing of what came before
    expect((await answered(OF_ONE))[0]).toEqual(counts(1, 1, 1))
    expect(await answered(OF_ONE)).toEqual([counts(1, 1, 1), 0])
    await tell('dsync.user.created', user('another', of(other)))
    const [, counted] = await answered(OF_ONE)
    expect(counted).toBe(2) // of members, whose directory is not known
    await tell('dsync.group.user_added', member(group(one, of(one)), user('new', of(one)), one))
    expect(await answered(OF_ONE)).toEqual([counts(2, 1, 2), 5])
    await tell('dsync.user.deleted', user('new', of(one)))
    expect(await answered(OF_ONE)).toEqual([counts(1, 1, 1), 5])
  })

  test('every page of a list has its count without counting again', async () => {
    const page = (first: number) =>
      `directoryUsers(first: ${first}, filter: { directoryId: "${one}" }) { totalCount nodes { id } }`
    await answered(page(1))
    await answered(page(2))
    expect((await answered(page(3)))[1]).toBe(0)
  })

  test('Law 8: what was counted for one organization is no answer to another', async () => {
    for (let n = 0; n < 3; n += 1) await answered(`${USERS(one)} directory(id: "${one}") { userCount }`)
    const strangers = await app.key('org_strangers')
    const { data } = await ask<object, Record<string, never>>(app.url, strangers, `{ ${USERS(one)} }`)
    expect(data).toEqual({ directoryUsers: { totalCount: 0 } })
  })

  test('an instance knows what another one has written', async () => {
    const known = createKnownCounts(createNews(app.db.quick), 10_000)
    const question: Question = { key: 'users', directoryOf: (id) => id }
    let counted = 0
    const find = () =>
      known.read(null)(question, [one], async () => {
        counted += 1
        const { rows } = await app.db.pool.query<{ n: number }>(
          `select count(*)::int as n from directory_user where directory_id = $1 and state = 'ACTIVE'`,
          [one],
        )
        return [rows[0]!.n]
      })
    const before = [await find(), await find(), await find()]
    await tell('dsync.user.created', user('elsewhere', of(one)))
    expect([...before, await find()]).toEqual([[1], [1], [1], [2]])
    expect(counted).toBe(3)
  })
})
