import type { Viewer } from '../../auth/viewer.ts'

/** Everybody's access, and nobody's identity: what is made for one is told to others. */
export function nobody({ kind, organizationId, scopes }: Viewer): Viewer {
  return { kind, id: '', organizationId, scopes, expiresAt: null }
}
