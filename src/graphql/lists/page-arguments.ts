import type { builder } from '../builder.ts'
import { DEFAULT_PAGE, LARGEST_PAGE } from './page-size.ts'

type ArgBuilder = Parameters<NonNullable<Parameters<typeof builder.queryFields>[0]>>[0]['arg']

/** Relay's arguments, in our words. */
export const pageArguments = (arg: ArgBuilder) => ({
  first: arg.int({
    description: `How many entries from the beginning, 1 to ${LARGEST_PAGE}; ${DEFAULT_PAGE} where neither first nor last is given.`,
  }),
  after: arg.string({ description: 'Only what stands after this cursor.' }),
  last: arg.int({ description: `How many entries from the end, 1 to ${LARGEST_PAGE}.` }),
  before: arg.string({ description: 'Only what stands before this cursor.' }),
})
