import { builder } from '../builder.ts'
import type { Order } from './listing.ts'

export const orderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { description: 'Smallest or earliest first.' },
    DESC: { description: 'Greatest or latest first.' },
  } as const,
})

export type Sortable<Field extends string> = {
  readonly [Key in Field]: { readonly column: string; readonly type: Order['type'] }
}

/** The order that was asked for, or else by `field`, ascending. */
export function orderOf<Field extends string>(
  columns: Sortable<Field>,
  asked: { field: Field; direction?: 'ASC' | 'DESC' | null | undefined } | null | undefined,
  fallback: Field,
): Order {
  const { field, direction } = asked ?? { field: fallback, direction: 'ASC' as const }
  return { ...columns[field], name: `${field} ${direction ?? 'ASC'}`, descending: direction === 'DESC' }
}

/**
 * The indexes of a list that has each of its orders: of all, and within the same values of these columns. See Listing.
 */
export const indexesOf = <Field extends string>(
  orders: Sortable<Field>,
  ...within: readonly string[][]
): readonly (readonly string[])[] =>
  within.flatMap((columns) => Object.values<Sortable<Field>[Field]>(orders).map(({ column }) => [...columns, column]))
