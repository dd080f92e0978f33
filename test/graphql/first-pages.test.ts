// What is planned once for all values has a plan that is right for each of them, however uneven directories are.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/client.ts'
import { problemsOf } from './scans.ts'
import { seed, type Sizes } from './seed.ts'
import { statementsOf } from './statements.ts'

const sizes = { groups: 100, groupsPerUser: 0, changesPerUser: 0, events: 0 }
const POPULATIONS: Record<string, Sizes> = {
  'one organization with ten directories': { ...sizes, organizations: 1, directories: 10, users: 10_000 },
  'an organization for each of five directories': { ...sizes, organizations: 5, directories: 5, users: 10_000 },
  'one large among thousands of small ones': {
    ...sizes,
    organizations: 4_000,
    directories: 4_000,
    users: 20_000,
    uneven: true,
  },
}

for (const [population, sizes] of Object.entries(POPULATIONS)) {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp()
    await seed(app.db, sizes)
    // As a backfill leaves them: those of a directory stand beside each other, and are cheap to read in any order.
    await app.db.pool.query('cluster directory_user using directory_user_directory_id_created_at_id_idx')
    await app.db.pool.query('analyze')
  }, 60_000)
  afterAll(() => app.close())

  test(`${population}: the first page and the next touch little more than they give`, async () => {
    const problems: string[] = []
    let asked = 0
    for (const organizationId of [null, 'org_0000000']) {
      const key = await app.key(organizationId)
      for (const field of ['CREATED_AT', 'UPDATED_AT', 'NAME', 'EMAIL'])
        for (const filter of [
          '',
          'directoryId: "directory_0000000"',
          'organizationId: "org_0000000"',
          'directoryId: "directory_0000000", state: [ACTIVE]',
        ]) {
          if (filter.includes('state') && field !== 'CREATED_AT') continue
          let after = ''
          for (const _page of [1, 2]) {
            const query = `{ directoryUsers(first: 25, orderBy: { field: ${field} }, filter: { ${filter} }${after}) { nodes { id } pageInfo { endCursor } } }`
            type Page = { directoryUsers: { nodes: object[]; pageInfo: { endCursor: string } } }
            const statements = await statementsOf(async () => {
              const { data } = await ask<Page, Record<string, never>>(app.url, key, query)
              expect(data!.directoryUsers.nodes).toHaveLength(25)
              after = `, after: "${data!.directoryUsers.pageInfo.endCursor}"`
            })
            const pages = statements.filter(({ name }) => name?.startsWith('quick') === true)
            asked += pages.length
            // Deleted ones, every twentieth, are walked over.
            for (const page of pages) problems.push(...(await problemsOf(app.db, query, page, 60)))
          }
        }
    }
    expect(problems.filter((problem) => !/of directory touches \d\d? rows/.test(problem))).toEqual([])
    expect(asked).toBe(2 * (4 * 3 + 1) * 2)
  })
}
