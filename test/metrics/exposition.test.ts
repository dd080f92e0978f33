// The check that the other tests lean on: it must find what is wrong.
import { expect, test } from 'vitest'
import { parseExposition } from './exposition.ts'

const good = `# HELP a_total Some \\n help
# TYPE a_total counter
a_total{x="1",y="a\\"b\\\\c\\n"} 5
a_total{x="2",y=""} 1e3

# HELP h_seconds More
# TYPE h_seconds histogram
h_seconds_bucket{le="0.5"} 1
h_seconds_bucket{le="+Inf"} 2
h_seconds_sum 1.25
h_seconds_count 2
`

test('what is right is read', () => {
  const families = parseExposition(good)
  expect([...families.keys()]).toEqual(['a_total', 'h_seconds'])
  expect(families.get('a_total')!.samples.map(({ value }) => value)).toEqual([5, 1000])
})

const faults: [what: string, from: string, to: string, complaint: RegExp][] = [
  ['no line feed at the end', 'count 2\n', 'count 2', /line feed/],
  ['a name that is none', 'h_seconds_sum', 'h-seconds_sum', /No sample/],
  ['a value that is none', '1.25', '1,25', /No value/],
  ['a label without quotes', 'x="1"', 'x=1', /No labels/],
  ['a quote that is not escaped', 'a\\"b', 'a"b', /No labels/],
  ['the same series twice', '{x="2",y=""} 1e3', '{x="1",y="a\\"b\\\\c\\n"} 6', /twice/],
  ['a sample of another family', 'h_seconds_sum', 'g_seconds_sum', /among those of h_seconds/],
  ['no type', '# TYPE a_total counter\n', '', /of no family/],
  ['a type that there is not', 'counter', 'count', /No such type/],
  ['a counter below 0', ' 5', ' -5', /below 0/],
  ['buckets that do not add up', 'le="0.5"} 1', 'le="0.5"} 3', /cumulative/],
  ['a bucket that does not hold all', 'count 2', 'count 3', /must hold all/],
  ['a family that is taken up again', '\n# HELP h_seconds More', '\n# HELP a_total More', /twice/],
]
test.for(faults)('%s is found', ([, from, to, complaint]) => {
  expect(good.includes(from)).toBe(true)
  expect(() => parseExposition(good.replace(from, to))).toThrow(complaint)
})
