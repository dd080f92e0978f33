// Each field of an object is a register of its own, in which the newest fact wins; what is stored is a short form of
// that.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { learn, unknown, versionOf, type Fact, type FieldList, type Known } from '../../src/directory/freshness.ts'
import { isNewer, type Version } from '../../src/directory/version.ts'

interface Fields {
  a: number
  b: number | null
  c: string
  d: boolean
}
const list: FieldList<Fields> = ['a', 'b', 'c', 'd']
const nothing = unknown<Fields>({ a: 0, b: null, c: '', d: true })

const version: fc.Arbitrary<Version> = fc.record({ at: fc.nat({ max: 4 }), id: fc.constantFrom('w', 'x', 'y', 'z') })
const fields = fc.record(
  { a: fc.nat({ max: 9 }), b: fc.option(fc.nat({ max: 9 })), c: fc.constantFrom('p', 'q'), d: fc.boolean() },
  { requiredKeys: [] },
)
const whole = fc.record({ a: fc.nat({ max: 9 }), b: fc.constant(null), c: fc.constantFrom('p', 'q'), d: fc.boolean() })
/** Facts of different versions, as events are: whole ones and partial ones. */
const facts: fc.Arbitrary<Fact<Fields>[]> = fc.uniqueArray(
  fc.record({ version, fields: fc.oneof<fc.Arbitrary<Partial<Fields>>[]>(fields, whole) }),
  { selector: ({ version: { at, id } }) => `${at}${id}`, maxLength: 12 },
)

const learnAll = (told: readonly Fact<Fields>[], from = nothing) =>
  told.reduce((known, fact) => learn(known, list, fact), from)

/** What is known, field by field, and from when. */
const registers = (known: Known<Fields>) =>
  list.map((field) => ({ field, value: known.fields[field], version: versionOf(known, list, field) }))

/** The same by definition: for each field, the newest of the facts that speak of it. */
function newestOf(told: readonly Fact<Fields>[]) {
  return list.map((field) => {
    const speaking = told.filter((fact) => fact.fields[field] !== undefined)
    const newest = speaking.reduce<Fact<Fields> | null>(
      (best, fact) => (isNewer(fact.version, best?.version ?? null) ? fact : best),
      null,
    )
    return { field, value: newest ? newest.fields[field] : nothing.fields[field], version: newest?.version ?? null }
  })
}

test('each field has the value of the newest fact that spoke of it, in whatever order the facts came', () => {
  const shuffled = facts.chain((told) => fc.shuffledSubarray(told, { minLength: told.length, maxLength: told.length }))
  fc.assert(
    fc.property(shuffled, (told) => {
      expect(registers(learnAll(told))).toEqual(newestOf(told))
    }),
  )
})

test('a fact that is learnt again, at once or later, changes nothing', () => {
  fc.assert(
    fc.property(facts, fc.infiniteStream(fc.nat()), (told, choices) => {
      const known = learnAll(told)
      for (const fact of told) expect(learn(known, list, fact)).toBe(known)
      const some = told.flatMap((fact) => Array<Fact<Fields>>(1 + (choices.next().value! % 3)).fill(fact))
      expect(registers(learnAll(some))).toEqual(registers(known))
    }),
  )
})

test('it is the same whether facts are learnt one by one or what was known is stored in between', () => {
  fc.assert(
    fc.property(facts, fc.nat({ max: 12 }), (told, cut) => {
      const stored = JSON.parse(JSON.stringify(learnAll(told.slice(0, cut)))) as Known<Fields>
      expect(learnAll(told.slice(cut), stored)).toEqual(learnAll(told))
    }),
  )
})

test('an older fact gives back the very same object: nothing is to be written', () => {
  const known = learn(nothing, list, { version: { at: 5, id: 'x' }, fields: { a: 1, b: 2, c: 'p', d: true } })
  expect(learn(known, list, { version: { at: 4, id: 'z' }, fields: { a: 9, b: 9, c: 'q', d: false } })).toBe(known)
  expect(learn(known, list, { version: { at: 5, id: 'w' }, fields: { a: 9 } })).toBe(known)
  expect(learn(known, list, { version: { at: 9, id: 'w' }, fields: {} })).toBe(known)
  expect(learn(known, list, { version: { at: 5, id: 'y' }, fields: { a: 9 } }).fields.a).toBe(9)
})

test('what is stored stays short: no field twice, newest first, nothing that is older than the newest whole fact', () => {
  fc.assert(
    fc.property(facts, (told) => {
      const { overlay, whole: since } = learnAll(told)
      let seen = 0
      for (const [index, [at, id, bits]] of overlay.entries()) {
        expect(bits & seen).toBe(0)
        expect(bits).toBeGreaterThan(0)
        seen |= bits
        expect(isNewer({ at, id }, since)).toBe(true)
        const next = overlay[index + 1]
        expect(next === undefined || isNewer({ at, id }, { at: next[0], id: next[1] })).toBe(true)
      }
      expect(overlay.length).toBeLessThanOrEqual(list.length)
    }),
  )
})

test('null is a value that can be told; only what is absent was not spoken of', () => {
  const known = learn(nothing, list, { version: { at: 1, id: 'x' }, fields: { b: 4 } })
  expect(learn(known, list, { version: { at: 2, id: 'x' }, fields: { b: null } }).fields.b).toBe(null)
  expect(learn(known, list, { version: { at: 2, id: 'x' }, fields: {} }).fields.b).toBe(4)
})

test('of what nobody has spoken of there is no version', () => {
  expect(list.map((field) => versionOf(nothing, list, field))).toEqual([null, null, null, null])
  const known = learn(nothing, list, { version: { at: 1, id: 'x' }, fields: { c: 'p' } })
  expect(list.map((field) => versionOf(known, list, field))).toEqual([null, null, { at: 1, id: 'x' }, null])
})
