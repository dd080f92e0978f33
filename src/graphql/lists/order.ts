import { builder } from '../builder.ts'
import type { Order } from './listing.ts'

export const orderDirection = builder.enumType('OrderDirection', {
  description: 'The direction of an order.',
  values: {
    ASC: { description: 'Smallest or earliest first.' },
    DESC: { description: 'Greatest or latest first.' },
  } as const,
})

export type Sortable<Field extends string> = {
  readonly [Key in Field]: { readonly column: string; readonly type: Order['type'] }
}

/** Returns the requested order, or else ascending by `fallback`. */
export function orderOf<Field extends string>(
  columns: Sortable<Field>,
  asked: { field: Field; direction?: 'ASC' | 'DESC' | null | undefined } | null | undefined,
  fallback: Field,
): Order {
  const { field, direction } = asked ?? { field: fallback, direction: 'ASC' as const }
  return { ...columns[field], name: `${field} ${direction ?? 'ASC'}`, descending: direction === 'DESC' }
}

/** The indexes of a list that has one for each order, prefixed with each of the given column lists. See Listing. */
export const indexesOf = <Field extends string>(
  orders: Sortable<Field>,
  ...within: readonly string[][]
): readonly (readonly string[])[] =>
  within.flatMap((columns) => Object.values<Sortable<Field>[Field]>(orders).map(({ column }) => [...columns, column]))
