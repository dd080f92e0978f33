import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  const data = ['alpha', 'bravo'].map((name) => ({ id: `org_${name}` }))
  await app.db.prisma.organization.createMany({ data })
  await app.db.prisma.directory.createMany({
    data: [
      ...Array.from({ length: 2 }, (_, index) => directory(`alpha_${index}`, 'org_alpha')),
      ...Array.from({ length: 14 }, (_, index) => directory(`bravo_${index}`, 'org_bravo')),
      { ...directory('validating', 'org_alpha'), state: 'VALIDATING' as const },
      { ...directory('unlinked', 'org_alpha'), state: 'INACTIVE' as const },
      { ...directory('deleted', 'org_alpha'), deletedAt: new Date() },
    ],
  })
})
afterAll(() => app.close())

function directory(name: string, organizationId: string) {
  const now = new Date()
  const id = `directory_${name}`
  return { id, organizationId, name, type: 'okta scim v2.0', state: 'ACTIVE' as const, createdAt: now, updatedAt: now }
}

const Cost = graphql(`
  query Cost($directories: Int) {
    costEstimate(directories: $directories) {
      directories
      tier
      pricePerDirectory
      currency
      monthlyTotal
    }
  }
`)

test('who asks without a number is told of the active directories that they see', async () => {
  const costOf = async (organizationId: string | null) =>
    (await query(app.url, await app.key(organizationId), Cost)).costEstimate
  const price = { tier: '1-15', pricePerDirectory: 125, currency: 'USD' }
  expect(await costOf('org_alpha')).toEqual({ directories: 2, ...price, monthlyTotal: 250 })
  expect(await costOf('org_bravo')).toEqual({ directories: 14, ...price, monthlyTotal: 1_750 })
  expect(await costOf('org_none')).toEqual({ directories: 0, ...price, monthlyTotal: 0 })
  const all = { tier: '16-30', pricePerDirectory: 100, currency: 'USD' }
  expect(await costOf(null)).toEqual({ directories: 16, ...all, monthlyTotal: 1_600 })
})

test('who names a number is told of it, and of more than 100 that there is no price', async () => {
  const key = await app.key('org_alpha')
  const costOf = async (directories: number) => (await query(app.url, key, Cost, { directories })).costEstimate
  expect(await costOf(0)).toMatchObject({ directories: 0, monthlyTotal: 0 })
  expect(await costOf(31)).toMatchObject({ directories: 31, tier: '31-50', monthlyTotal: 2_480 })
  expect(await costOf(101)).toMatchObject({ tier: '101+', pricePerDirectory: null, monthlyTotal: null })
  expect(await costOf(1_000_000)).toMatchObject({ directories: 1_000_000, monthlyTotal: null })
})

test('a number that nobody can have is refused, and the argument named', async () => {
  const key = await app.key(null)
  for (const directories of [-1, 1_000_001, 2_147_483_647]) {
    const { data, errors } = await ask(app.url, key, Cost, { directories })
    expect(data).toBeNull()
    const issues = [{ path: ['directories'], message: 'must be from 0 to 1,000,000' }]
    expect(errors!.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT', issues }])
  }
})
