import { expect, test } from 'vitest'
import { estimateCost } from '../../src/graphql/estimate-cost.ts'

test.for([
  [0, '1-15', 125, 0],
  [1, '1-15', 125, 125],
  [15, '1-15', 125, 1_875],
  [16, '16-30', 100, 1_600],
  [30, '16-30', 100, 3_000],
  [31, '31-50', 80, 2_480],
  [50, '31-50', 80, 4_000],
  [51, '51-100', 65, 3_315],
  [100, '51-100', 65, 6_500],
  [101, '101+', null, null],
  [1_000_000, '101+', null, null],
] as const)('%i directories are all priced at the tier %s', ([directories, tier, pricePerDirectory, monthlyTotal]) => {
  expect(estimateCost(directories)).toEqual({ directories, tier, pricePerDirectory, currency: 'USD', monthlyTotal })
})
