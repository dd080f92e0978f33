export interface CostEstimate {
  readonly directories: number
  /** The tier's bounds, such as `16-30`. */
  readonly tier: string
  /** Per month and directory; null if WorkOS gives its price only on request. */
  readonly pricePerDirectory: number | null
  readonly currency: string
  readonly monthlyTotal: number | null
}

// WorkOS's prices of 2025, as given in the product's own description: nothing that WorkOS publishes confirms them.
const TIERS = [
  { name: '1-15', most: 15, price: 125 },
  { name: '16-30', most: 30, price: 100 },
  { name: '31-50', most: 50, price: 80 },
  { name: '51-100', most: 100, price: 65 },
]

/**
 * WorkOS's monthly price for this many directories, an integer from 0. All of them are priced at the tier that their
 * number falls in: 16 cost less than 15. From 101 on there is no price. Zero directories cost nothing and fall in the
 * first tier.
 */
export function estimateCost(directories: number): CostEstimate {
  const tier = TIERS.find(({ most }) => directories <= most)
  const pricePerDirectory = tier?.price ?? null
  return {
    directories,
    tier: tier?.name ?? '101+',
    pricePerDirectory,
    currency: 'USD',
    monthlyTotal: pricePerDirectory === null ? null : directories * pricePerDirectory,
  }
}
