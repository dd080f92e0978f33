import { expect, test } from 'vitest'
import { createAnswers, type CachedResponse, type Flight, type Lookup } from '../../src/answers/answers.ts'
import type { News } from '../../src/changes/news.ts'
import { makeNews } from './news.ts'

function open(maxBytes = 1_000_000) {
  const lookups: Lookup[] = []
  const { news, happen } = makeNews()
  const answers = createAnswers({ news, maxBytes, onLookup: (lookup) => lookups.push(lookup) })
  return { answers, news, happen, lookups, find: () => answers.find('q', 'org') }
}

const responseOf = (text: string): CachedResponse => ({ text: Buffer.from(text), headers: {}, concerned: [] })
const isFlight = (found: CachedResponse | Flight | null): found is Flight => found !== null && 'land' in found
const textOf = (found: CachedResponse | Flight | null) =>
  found === null || 'land' in found ? null : found.text.toString()

test('an answer is given until something comes, and worked out anew then', async () => {
  const { answers, find, happen, lookups } = open()
  expect(await find()).toBeNull()
  answers.begin('q', null).land(responseOf('old'))
  expect([textOf(await find()), textOf(await find())]).toEqual(['old', 'old'])
  happen()
  const found = await find()
  expect(isFlight(found)).toBe(true)
  ;(found as Flight).land(responseOf('new'))
  expect(textOf(await find())).toBe('new')
  expect(lookups).toEqual(['MISS', 'HIT', 'HIT', 'MISS', 'HIT'])
})

test('what came while an answer was read is not in it for sure, however late it landed', async () => {
  const { answers, news, find, happen } = open()
  const flight = answers.begin('q', null)
  happen() // after its rows were read
  await news.look() // somebody else's
  flight.land(responseOf('old'))
  expect(isFlight(await find())).toBe(true)
})

test('who asks for what is being worked out waits for it, if nothing has come since it began', async () => {
  const { answers, find, happen, lookups } = open()
  answers.begin('q', null).land(responseOf('old'))
  happen()
  const flights = await Promise.all([find(), find(), find()].map((found) => Promise.race([found, tick()])))
  const [first, ...others] = flights
  expect(isFlight(first as Flight)).toBe(true)
  expect(others).toEqual(['waits', 'waits'])
  expect(lookups).toEqual(['MISS', 'MISS'])
})

test('who asks after something has come does not get what was begun before, and others wait for theirs', async () => {
  const { answers, find, happen } = open()
  const early = answers.begin('q', null)
  happen()
  const late = await find()
  expect(isFlight(late)).toBe(true)
  const waiting = find()
  early.land(responseOf('old'))
  expect(await Promise.race([find(), tick()])).toBe('waits')
  ;(late as Flight).land(responseOf('new'))
  expect(textOf(await waiting)).toBe('new')
  expect(textOf(await find())).toBe('new')
})

test('of an answer that depends on directories alone, it is asked whether anything has come of these, time and again', async () => {
  const asked: unknown[] = []
  let quiet = false
  const news: News = {
    now: () => 0,
    look: () => Promise.resolve(),
    isQuietSince(_since, ...of) {
      asked.push(of)
      return quiet
    },
  }
  const answers = createAnswers({ news, maxBytes: 1_000_000, onLookup: () => {} })
  answers.begin('q', ['directory_a']).land(responseOf('old'))
  const found = await answers.find('q', 'org')
  ;(found as Flight).land(responseOf('new'))
  quiet = true
  expect(textOf(await answers.find('q', 'org'))).toBe('new')
  expect(asked).toEqual([
    ['org', ['directory_a']],
    ['org', ['directory_a']],
  ])
})

test('what came to nothing is asked by each who waited for it', async () => {
  const { answers, find } = open()
  const flight = answers.begin('q', null)
  const waiting = [find(), find()]
  await tick()
  flight.land(null)
  expect(await Promise.all(waiting)).toEqual([null, null])
  expect(await find()).toBeNull()
})

test('where the database does not say whether anything has come, nothing is given from memory', async () => {
  const lookups: Lookup[] = []
  const news: News = { now: () => 0, look: () => Promise.reject(new Error('away')), isQuietSince: () => true }
  const answers = createAnswers({ news, maxBytes: 1_000_000, onLookup: (lookup) => lookups.push(lookup) })
  answers.begin('q', null).land(responseOf('text'))
  expect(await answers.find('q', 'org')).toBeNull()
  expect(lookups).toEqual(['MISS', 'UNCHECKED'])
})

test('memory is bounded: the answers that were longest not asked for go first, and a very large one is not kept', async () => {
  const { answers } = open(320_000)
  const keep = (key: string, size: number) => answers.begin(key, null).land(responseOf('x'.repeat(size)))
  for (let n = 0; n < 1_000; n += 1) {
    keep(`q${n}`, 1_000)
    await answers.find('q0', 'org')
    expect(answers.bytes()).toBeLessThanOrEqual(320_000)
  }
  expect(answers.bytes()).toBeGreaterThan(300_000)
  expect(textOf(await answers.find('q0', 'org'))).not.toBeNull()
  expect(await answers.find('q1', 'org')).toBeNull()
  keep('large', 10_001)
  expect(await answers.find('large', 'org')).toBeNull()
})

const tick = () => new Promise<string>((resolve) => setTimeout(() => resolve('waits'), 5))
