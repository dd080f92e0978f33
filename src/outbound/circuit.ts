// When an endpoint counts as down as a whole. A single person whose messages fail is not enough: it takes failures of
// several ordering keys in a row, with no success in between.

/** Failures of this many different ordering keys in a row. */
const DOWN_AFTER = 5

/**
 * Whether these failed keys make an endpoint down, as SQL: one message at a time is tried, after ever longer pauses.
 */
export const isDown = (failedKeys: string): string => `cardinality(${failedKeys}) >= ${DOWN_AFTER}`

/** As SQL: 15 seconds, doubled after each further failure, at most 5 minutes. */
export const PROBE_PAUSE = `least(interval '5 minutes', interval '15 seconds' * power(2, least(greatest(e.failures - ${DOWN_AFTER}, 0), 5)))`
