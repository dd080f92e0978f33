// The schema, put together from a file per subject. Each registers itself with the builder when it is imported.
import { builder } from './builder.ts'
import './scalars.ts'
import './error-types.ts'
import './node.ts'
import './viewer.ts'
import './organization.ts'
import './directory.ts'
import './directory-user.ts'
import './directory-group.ts'
import './change.ts'
import './events-change.ts'
import './event.ts'
import './event-actions.ts'
import './sync-run.ts'
import './sync-run-actions.ts'
import './guard.ts'
import './sync-health.ts'
import './sync-stats.ts'
import './api-key.ts'
import './cost-estimate.ts'
import './portal-link.ts'

// Refused unless allowed: whoever reads the mirror needs the scope for it, also for fields that are added later.
builder.queryType({
  description: 'What can be read. Everything needs the scope `directory:read` but `viewer`.',
  authScopes: { scope: 'directory:read' },
})
builder.mutationType({
  description: 'What can be done. Each takes one input, and gives what it did or why it did not.',
})
builder.subscriptionType({
  description: 'What can be followed. Needs the scope `directory:read`.',
  authScopes: { scope: 'directory:read' },
})

export const schema = builder.toSchema()
