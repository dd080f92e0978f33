/** Who asks, and what they may see and do. */
export interface Viewer {
  readonly kind: 'API_KEY' | 'USER' | 'ANONYMOUS'
  /** The key's id, or AuthKit's user id. */
  readonly id: string
  /** What the viewer sees is this organization's alone; null: every organization's. A USER is always bound. */
  readonly organizationId: string | null
  readonly scopes: readonly string[]
  /** When the credential ends by itself. */
  readonly expiresAt: Date | null
  /** When the access token was issued; absent where the credential is none, or does not say it. */
  readonly issuedAt?: Date
}

/** What may be granted. `*` grants everything, `users:*` every scope that begins with `users:`. */
export const scopes = {
  'directory:read': 'Read organizations, directories, users, groups, memberships and their changes',
  'users:read:raw': 'Read the attributes of users as the identity provider sent them',
  'events:read': 'Read the webhook events that came in, with their payloads; needs directory:read too',
  'events:write': 'Replay and discard events',
  'roles:write': 'Make, change and delete roles and role mappings, and grant roles by hand',
  'sync:write': 'Compare directories with WorkOS, decide on what the guard holds, and map attributes',
  'accounts:write': 'Link, register, disable and enable accounts, and revoke their sessions',
  'keys:write': 'Create and revoke API keys',
  'webhooks:write':
    'Make, change and delete endpoints for webhooks, and have messages sent again; needs directory:read too',
  'metrics:read': 'Read /metrics; only for keys that are bound to no organization',
  'portal:write': "Make links to WorkOS's Admin Portal, and mail invitations to it",
} as const
export type Scope = keyof typeof scopes

export function hasScope(viewer: Viewer, scope: Scope): boolean {
  return covers(viewer.scopes, scope)
}

/** Whether scopes hold another one, or all that a wildcard stands for. */
export function covers(scopes: readonly string[], scope: string): boolean {
  return scopes.some((one) => one === scope || (one.endsWith('*') && scope.startsWith(one.slice(0, -1))))
}

/** Whether a text may stand in a key's list of scopes. */
export function isGrantable(scope: string): boolean {
  return (
    scope === '*' ||
    Object.keys(scopes).some(
      (known) => known === scope || (scope.endsWith(':*') && known.startsWith(scope.slice(0, -1))),
    )
  )
}

/** `npm run dev` without credentials. Never in production. */
export const anonymousDeveloper: Viewer = {
  kind: 'ANONYMOUS',
  id: 'anonymous',
  organizationId: null,
  scopes: ['*'],
  expiresAt: null,
}
