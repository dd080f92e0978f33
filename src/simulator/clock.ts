/** Where the simulator reads the time, in milliseconds since 1970; a test hands in one that it turns by hand. */
export interface Clock {
  now: () => number
}

export const systemClock: Clock = { now: () => Date.now() }

export const isoTime = (ms: number): string => new Date(ms).toISOString()
