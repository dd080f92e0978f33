import { expect } from 'vitest'
import { parseExposition, type Sample } from './exposition.ts'

/** What /metrics told at one moment. */
export interface Scrape {
  readonly text: string
  /** The samples with this name and at least these labels. */
  series(name: string, labels?: Readonly<Record<string, string>>): readonly Sample[]
  /** Their sum; 0 where there are none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number
}

/** Reads /metrics as Prometheus does. Throws where it is not as it must be. */
export async function scrape(url: string, key: string): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })
  const text = await response.text()
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  const samples = [...parseExposition(text).values()].flatMap((family) => family.samples)
  const series: Scrape['series'] = (name, labels = {}) =>
    samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
  return { text, series, value: (name, labels) => series(name, labels).reduce((sum, { value }) => sum + value, 0) }
}
