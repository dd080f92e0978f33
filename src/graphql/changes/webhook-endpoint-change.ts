import type { StoredChange } from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { WebhookEndpointChangeKind } from './change-kinds.ts'
import { Change } from './change-type.ts'
import { numberIn } from './number-in.ts'
import { ownKind } from './own-kinds.ts'
import { previousField } from './previous-field.ts'
import { WebhookEndpoint } from '../webhook-endpoint.ts'

const idOf = ({ detail }: StoredChange) => detail!.webhookEndpointId as string

builder.objectRef<StoredChange>('WebhookEndpointChange').implement({
  description: 'A webhook endpoint changed: through this API, where `actor` says by whom, or by its own response.',
  interfaces: [Change],
  fields: (t) => ({
    kind: t.field({
      type: WebhookEndpointChangeKind,
      description: 'What was done.',
      resolve: ownKind('WebhookEndpointChange'),
    }),
    webhookEndpointId: t.id({ description: "The endpoint's id, also after it was deleted.", resolve: idOf }),
    webhookEndpoint: t.field({
      type: WebhookEndpoint,
      nullable: true,
      description: 'The endpoint as it is now; null once it was deleted.',
      resolve: (change, _args, { loaders }) => loaders.webhookEndpoint.load(idOf(change)),
    }),
    changedFields: t.stringList({
      description: 'The changed fields, by schema name, and `enabled`; empty if the kind says it all.',
      resolve: ({ changedFields }) => changedFields,
    }),
    previous: t.field(previousField()),
    count: t.int({
      nullable: true,
      description: 'How many messages were replayed.',
      resolve: (change) => numberIn(change, 'count'),
    }),
  }),
})
