import { ValidationError } from '../errors.ts'

export const DEFAULT_PAGE = 25
export const LARGEST_PAGE = 100

export interface ConnectionArguments {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

/** Returns how many entries are requested, and from which end. Throws ValidationError, which names the argument. */
export function readPageSize({ first, last }: ConnectionArguments): { size: number; backwards: boolean } {
  if (first != null && last != null)
    throw new ValidationError({ path: ['last'], message: 'must not be given together with first' })
  const [name, size] = last == null ? (['first', first ?? DEFAULT_PAGE] as const) : (['last', last] as const)
  if (size < 1 || size > LARGEST_PAGE)
    throw new ValidationError({ path: [name], message: `must be 1 to ${LARGEST_PAGE}` })
  return { size, backwards: name === 'last' }
}

/** The cost of a page: that of its selection, times the number of entries. */
export function pageCost({ first, last }: ConnectionArguments): { field: number; multiplier: number } {
  return { field: 1, multiplier: Math.max(1, Math.min(LARGEST_PAGE, last ?? first ?? DEFAULT_PAGE)) }
}
