/** What the bench asks a crowd. */
export type Asked = { readonly open: Opening } | { readonly expect: number }

export interface Opening {
  readonly port: number
  readonly path: string
  readonly count: number
  /** What each says first by the protocol of graphql-ws, which waits for its acknowledgement; null: nothing. */
  readonly hello: object | null
  /** What they subscribe to, in turns. */
  readonly subscriptions: readonly object[]
}

/** What a crowd tells the bench. */
export type Told =
  | { readonly opened: true }
  | { readonly waiting: true }
  /**
   * The moment at which the last of those that were expected came, by the machine's monotonic clock, and what the first
   * said.
   */
  | { readonly last: string; readonly text: string }
  | { readonly failed: string }
