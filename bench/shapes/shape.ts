import { DIRECTORIES, directoryId } from '../seed.ts'

/** A query to both, each in its own terms, and how to read each answer. */
export interface Shape {
  readonly name: string
  /** The ids to query for in turn, each the variable `id`. */
  readonly ids: readonly string[]
  readonly ours: string
  readonly theirs: string
  readonly readOurs: (data: never) => Page
  readonly readTheirs: (data: never) => Page
}

/** An answer in the form in which both are compared. */
export interface Page {
  readonly nodes: readonly unknown[]
}

export interface Nodes<Node> {
  readonly totalCount?: number
  readonly nodes: readonly Node[]
}
interface Named {
  readonly name: string
  readonly email: string
}
export type Mine = Named & { readonly id: string }
export type Rowed = Named & { readonly rowId: string }
export const toMine = <Rest extends object>({ rowId, ...rest }: Rest & { readonly rowId: string }) => ({
  id: rowId,
  ...rest,
})

export const DIRECTORY_IDS = Array.from({ length: DIRECTORIES }, (_, n) => directoryId(n))
