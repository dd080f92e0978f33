/** Requests from the bench to a crowd. */
export type Asked = { readonly open: Opening } | { readonly expect: number }

export interface Opening {
  readonly port: number
  readonly path: string
  readonly count: number
  /** What each sends first by the graphql-ws protocol, waiting for its acknowledgement; null: nothing. */
  readonly hello: object | null
  /** What they subscribe to, in turns. */
  readonly subscriptions: readonly object[]
}

/** Messages from a crowd to the bench. */
export type Told =
  | { readonly opened: true }
  | { readonly waiting: true }
  /** When the last of the expected messages came, by the machine's monotonic clock, and the text of the first. */
  | { readonly last: string; readonly text: string }
  | { readonly failed: string }
