/** A stream of numbers determined by a seed. Nothing in the simulator draws from anywhere else. */
export interface Random {
  /** A number in [0, 1). */
  next: () => number
  /** A whole number in [0, limit). */
  below: (limit: number) => number
  chance: (probability: number) => boolean
  pick: <T>(list: readonly T[]) => T
  /**
   * An independent stream. It depends only on the seed and the label, not on what was drawn before, so the fifth user
   * of a directory stays the same person however many users or directories are requested.
   */
  fork: (label: string) => Random
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0

  // Mulberry32: 32 bits of state are plenty for a company of some thousands.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  const below = (limit: number): number => Math.floor(next() * limit)

  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('cannot pick from an empty list')
      return list[below(list.length)]!
    },
    fork: (label) => createRandom(fnv1a(`${seed}/${label}`)),
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
