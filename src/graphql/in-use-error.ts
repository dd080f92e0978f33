import type { InUse } from '../directory/refusal.ts'

/** What was asked for takes something away, and nobody has confirmed that. */
export class InUseError extends Error {
  readonly use: InUse

  constructor(use: InUse) {
    super(use.message)
    this.name = 'InUseError'
    this.use = use
  }
}
