import type { InUse } from '../directory/refusal.ts'

/** The request would remove something in use and is not confirmed. */
export class InUseError extends Error {
  readonly use: InUse

  constructor(use: InUse) {
    super(use.message)
    this.name = 'InUseError'
    this.use = use
  }
}
