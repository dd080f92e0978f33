/** The simulator's time source, in milliseconds since 1970; tests pass one that they advance by hand. */
export interface Clock {
  now: () => number
}

export const systemClock: Clock = { now: () => Date.now() }

export const isoTime = (ms: number): string => new Date(ms).toISOString()
