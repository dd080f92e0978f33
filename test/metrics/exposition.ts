// Prometheus's text format as its documentation has it, and nothing that a lenient reader would let pass:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/y
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']
// What a histogram's or summary's samples are called.
const SUFFIXES: Record<string, string[]> = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] }

/** The families by name. Throws at the first line that is not as it must be, and names it. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line must end with a line feed')
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const wrong = (why: string) => new Error(`${why}: ${line}`)
    if (line === '') continue
    if (line.startsWith('#')) {
      const [, what, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
      if (what === undefined || !NAME.test(name!)) throw wrong('No comment that is of use')
      if (what === 'HELP') {
        if (families.has(name!)) throw wrong('A family comes twice')
        families.set(name!, { type: '', help: rest!, samples: [] })
        current = name!
      } else {
        const family = families.get(name!)
        if (family === undefined || name !== current || family.type !== '' || family.samples.length > 0)
          throw wrong('A type must follow the help, once, before all samples')
        if (!TYPES.includes(rest!)) throw wrong('No such type')
        family.type = rest!
      }
      continue
    }
    const family = families.get(current)
    const sample = parseSample(line)
    if (family === undefined || family.type === '') throw wrong('A sample of no family')
    if (!(SUFFIXES[family.type] ?? ['']).some((suffix) => sample.name === current + suffix))
      throw wrong(`A sample among those of ${current}`)
    if (family.type === 'counter' && !(sample.value >= 0)) throw wrong('A counter below 0')
    const series = `${sample.name} ${keyOf(sample.labels)}`
    if (seen.has(series)) throw wrong('A series comes twice')
    seen.add(series)
    family.samples.push(sample)
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples)
  return families
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`No sample: ${line}`)
  const found: Record<string, string> = {}
  for (LABEL.lastIndex = 0; LABEL.lastIndex < labels.length;) {
    const match = LABEL.exec(labels)
    if (match === null || Object.hasOwn(found, match[1]!)) throw new Error(`No labels: ${line}`)
    found[match[1]!] = match[2]!
  }
  return { name, labels: found, value: parseValue(value!, line) }
}

function parseValue(text: string, line: string): number {
  if (/^[+-]Inf$/.test(text)) return text === '+Inf' ? Infinity : -Infinity
  if (/^nan$/i.test(text)) return NaN
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new Error(`No value: ${line}`)
  return Number(text)
}

// The order of labels makes no difference.
const keyOf = (labels: Sample['labels']) =>
  Object.entries(labels)
    .map((entry) => JSON.stringify(entry))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join()

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const without = ({ labels: { le: _le, ...rest } }: Sample) => keyOf(rest)
  for (const [labels, same] of Map.groupBy(samples, without)) {
    const buckets = same.filter((sample) => sample.name === `${name}_bucket`)
    const counts = buckets.map(({ value }) => value)
    const count = same.find((sample) => sample.name === `${name}_count`)?.value
    const bounds = buckets.map(({ labels: { le } }) => parseValue(le ?? '', name))
    const wrong = (why: string) => new Error(`${name} ${labels}: ${why}`)
    if (!same.some((sample) => sample.name === `${name}_sum`)) throw wrong('has no sum')
    if (bounds.some((bound, index) => index > 0 && bound <= bounds[index - 1]!)) throw wrong('bounds must grow')
    if (counts.some((value, index) => index > 0 && value < counts[index - 1]!))
      throw wrong('buckets must be cumulative')
    if (bounds.at(-1) !== Infinity || counts.at(-1) !== count) throw wrong('the last bucket must hold all')
  }
}
