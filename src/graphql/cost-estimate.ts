import { estimateCost, type CostEstimate as Shape } from '../directory/cost-estimate.ts'
import { builder } from './builder.ts'
import { ValidationError } from './errors.ts'
import type { Condition, Listing } from './lists/listing.ts'
import { ownRows } from './own-rows.ts'

const MOST = 1_000_000

const CostEstimate = builder.objectRef<Shape>('CostEstimate').implement({
  description:
    "What WorkOS's Directory Sync costs a month by its prices of 2025. An estimate: WorkOS's invoice is what counts.",
  fields: (t) => ({
    directories: t.exposeInt('directories', { description: 'For how many directories.' }),
    tier: t.exposeString('tier', {
      description:
        'The tier that their number falls in, and that all of them are priced at: `1-15`, `16-30`, `31-50`, `51-100` or `101+`.',
    }),
    pricePerDirectory: t.exposeFloat('pricePerDirectory', {
      nullable: true,
      description: 'What one of them costs a month; null where WorkOS makes an offer.',
    }),
    currency: t.exposeString('currency', { description: 'The currency of the prices by ISO 4217: `USD`.' }),
    monthlyTotal: t.exposeFloat('monthlyTotal', {
      nullable: true,
      description: 'What all of them cost a month; null where WorkOS makes an offer.',
    }),
  }),
})

const LISTING: Listing = { from: 'directory x', columns: 'x.id', parent: null }
const ACTIVE: Condition = { sql: `x.state = 'ACTIVE' and x.deleted_at is null` }

builder.queryField('costEstimate', (t) =>
  t.field({
    type: CostEstimate,
    description:
      "What WorkOS's Directory Sync costs a month, for the directories that you have or for as many as you name.",
    args: {
      directories: t.arg.int({
        description: `For how many directories, 0 to ${MOST}; the active ones that you may see where it is left out.`,
      }),
    },
    resolve: async (_root, { directories }, { loaders, viewer }) => {
      if (directories != null && (directories < 0 || directories > MOST)) {
        throw new ValidationError({ path: ['directories'], message: `must be from 0 to ${MOST}` })
      }
      return estimateCost(directories ?? (await loaders.count(LISTING, [ACTIVE, ...ownRows(viewer)], null)))
    },
  }),
)
