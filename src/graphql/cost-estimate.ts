import { builder } from './builder.ts'
import { ValidationError } from './errors.ts'
import { estimateCost, type CostEstimate as Shape } from './estimate-cost.ts'
import type { Condition, Listing } from './lists/listing.ts'
import { ownRows } from './own-rows.ts'

const MOST = 1_000_000

const CostEstimate = builder.objectRef<Shape>('CostEstimate').implement({
  description:
    "The monthly cost of WorkOS Directory Sync at 2025 prices. An estimate: WorkOS's invoice is authoritative.",
  fields: (t) => ({
    directories: t.exposeInt('directories', { description: 'The number of directories.' }),
    tier: t.exposeString('tier', {
      description:
        'The tier for that number, at which all of them are priced: `1-15`, `16-30`, `31-50`, `51-100` or `101+`.',
    }),
    pricePerDirectory: t.exposeFloat('pricePerDirectory', {
      nullable: true,
      description: 'The monthly price of one directory; null if WorkOS quotes individually.',
    }),
    currency: t.exposeString('currency', { description: 'The currency of the prices (ISO 4217): `USD`.' }),
    monthlyTotal: t.exposeFloat('monthlyTotal', {
      nullable: true,
      description: 'The monthly price of all of them; null if WorkOS quotes individually.',
    }),
  }),
})

const LISTING: Listing = { from: 'directory x', columns: 'x.id', parent: null }
const ACTIVE: Condition = { sql: `x.state = 'ACTIVE' and x.deleted_at is null` }

builder.queryField('costEstimate', (t) =>
  t.field({
    type: CostEstimate,
    description: 'The monthly cost of WorkOS Directory Sync, for your directories or for a given number.',
    args: {
      directories: t.arg.int({
        description: `The number of directories, 0 to ${MOST.toLocaleString('en')}; defaults to the active ones you can see.`,
      }),
    },
    resolve: async (_root, { directories }, { loaders, viewer }) => {
      if (directories != null && (directories < 0 || directories > MOST)) {
        throw new ValidationError({ path: ['directories'], message: `must be from 0 to ${MOST.toLocaleString('en')}` })
      }
      return estimateCost(directories ?? (await loaders.count(LISTING, [ACTIVE, ...ownRows(viewer)], null)))
    },
  }),
)
