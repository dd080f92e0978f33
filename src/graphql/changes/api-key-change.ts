import { hasScope } from '../../auth/viewer.ts'
import type { StoredChange } from '../../changes/read.ts'
import { ApiKey } from '../api-key.ts'
import { builder } from '../builder.ts'
import { ApiKeyChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { ownKind } from './own-kinds.ts'

const idOf = ({ detail }: StoredChange) => detail!.apiKeyId as string

builder.objectRef<StoredChange>('ApiKeyChange').implement({
  description: 'An API key was created or revoked. `actor` says by whom.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: ApiKeyChangeKind,
      description: 'What was done.',
      resolve: ownKind('ApiKeyChange'),
    }),
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
