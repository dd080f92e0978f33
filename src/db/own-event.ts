/**
 * Whether an event of the inbox happened, and came, while its directory `d` belonged to its present organization (law
 * 8). src/graphql/own-events.ts is the same in TypeScript, and for lists.
 */
export const IS_OWN_EVENT = `(d.foreign_until is null or d.foreign_until <= least(occurred_at, received_at))`
