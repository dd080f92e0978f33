import { hasScope } from '../../auth/viewer.ts'
import type { StoredChange } from '../../changes/read.ts'
import { ApiKey } from '../api-key.ts'
import { defineChange } from './define-change.ts'
import { idIn } from './id-in.ts'

const idOf = (change: StoredChange) => idIn(change, 'apiKeyId')

defineChange('ApiKeyChange', {
  description: 'An API key was created or revoked. `actor` says by whom.',
  kind: 'What was done.',
  fields: (t) => ({
    apiKeyId: t.id({ description: "The key's id.", resolve: idOf }),
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The key as it is now; null without the scope `keys:write`.',
      resolve: (change, _args, { loaders, viewer }) =>
        hasScope(viewer, 'keys:write') ? loaders.apiKey.load(idOf(change)) : null,
    }),
  }),
})
