import type { StoredChange } from '../../changes/read.ts'
import { numberIn } from './number-in.ts'
import { WebhookEndpoint } from '../webhook-endpoint.ts'
import { changedFields, previous } from './change-fields.ts'
import { defineChange } from './define-change.ts'
import { idIn } from './id-in.ts'

const idOf = (change: StoredChange) => idIn(change, 'webhookEndpointId')

defineChange('WebhookEndpointChange', {
  description: 'A webhook endpoint changed: through this API, where `actor` says by whom, or by its own response.',
  kind: 'What was done.',
  fields: (t) => ({
    webhookEndpointId: t.id({ description: "The endpoint's id, also after it was deleted.", resolve: idOf }),
    webhookEndpoint: t.field({
      type: WebhookEndpoint,
      nullable: true,
      description: 'The endpoint as it is now; null once it was deleted.',
      resolve: (change, _args, { loaders }) => loaders.webhookEndpoint.load(idOf(change)),
    }),
    changedFields: changedFields(
      t,
      'The changed fields, by schema name, and `enabled`; empty if the kind says it all.',
    ),
    previous: previous(t),
    count: t.int({
      nullable: true,
      description: 'How many messages were replayed.',
      resolve: (change) => numberIn(change, 'count'),
    }),
  }),
})
