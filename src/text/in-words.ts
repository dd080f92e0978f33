import { countOf } from './count-of.ts'

/** A duration, in the largest unit of which it has at least two. */
export function inWords(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 120) return countOf(seconds, 'second')
  return seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`
}
