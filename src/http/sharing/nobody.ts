import type { Viewer } from '../../auth/viewer.ts'

/** Returns a viewer with the same access but no identity, since results made for one viewer are sent to others. */
export function nobody({ kind, organizationId, scopes }: Viewer): Viewer {
  return { kind, id: '', organizationId, scopes, expiresAt: null }
}
