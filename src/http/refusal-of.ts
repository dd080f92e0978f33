import { CredentialError } from '../auth/credential-error.ts'
import { UncheckableError } from '../auth/uncheckable-error.ts'
import { isPassing } from '../db/errors.ts'

/** What a request is answered with whose credentials are refused, or that cannot be served at the moment. */
export interface HttpRefusal {
  readonly status: 401 | 503
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

export const UNAVAILABLE: HttpRefusal = {
  status: 503,
  message: 'The service is temporarily unavailable: try again later',
  headers: { 'retry-after': '5' },
}

/** Returns null if it is neither: then something is wrong here. */
export function refusalOf(error: unknown): HttpRefusal | null {
  if (error instanceof CredentialError)
    return { status: 401, message: error.message, headers: { 'www-authenticate': 'Bearer' } }
  if (error instanceof UncheckableError) return { ...UNAVAILABLE, message: error.message }
  return isPassing(error) ? UNAVAILABLE : null
}
