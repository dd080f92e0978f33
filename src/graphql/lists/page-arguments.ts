import type { ArgBuilder } from '../builder.ts'
import { DEFAULT_PAGE, LARGEST_PAGE } from './page-size.ts'

/** Relay's connection arguments. */
export const pageArguments = (arg: ArgBuilder) => ({
  first: arg.int({
    description:
      `How many entries from the beginning, 1 to ${LARGEST_PAGE}; ${DEFAULT_PAGE} if neither first nor ` +
      'last is given.',
  }),
  after: arg.string({ description: 'Only entries after this cursor.' }),
  last: arg.int({ description: `How many entries from the end, 1 to ${LARGEST_PAGE}.` }),
  before: arg.string({ description: 'Only entries before this cursor.' }),
})
