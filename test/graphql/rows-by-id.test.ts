// What is read without Prisma is what Prisma would have read.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNews } from '../../src/changes/news.ts'
import { createKnownCounts } from '../../src/graphql/loading/known-counts.ts'
import { createLoaders } from '../../src/graphql/loading/loaders.ts'
import type { Viewer } from '../../src/auth/viewer.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { companyEvents, deliverInTurns } from './company.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  await deliverInTurns(app, companyEvents('alpha'), companyEvents('bravo'))
  await app.db.pool.query(`
    insert into role (id, slug, name, organization_id, description) values
      ('role_all', 'all', 'All', null, 'Everybody''s'), ('role_alpha', 'own', 'Own', 'org_alpha', null),
      ('role_bravo', 'own', 'Own', 'org_bravo', null);
    insert into role (id, slug, name, deleted_at) values ('role_gone', 'gone', 'Gone', now());
    update directory set owned_since = 7, domains = '{a.example,b.example}', overlay = '[[1, "a", 2]]' where id = 'directory_alpha';
    update account set disabled_at = now(), disabled_by = 'somebody', disabled_reason = 'a test' where organization_id = 'org_bravo';
    insert into directory_user (id, directory_id, organization_id, idp_id, emails, state, active, custom_attributes, raw_attributes,
                                created_at, updated_at, sort_name, sort_email, search_text)
    values ('directory_user_unseen', 'directory_alpha', 'org_alpha', '', '[]', 'UNSEEN', true, '{}', '{}', now(), now(), '', '', '')`)
})
afterAll(() => app.close())

const viewerOf = (organizationId: string | null) => ({ organizationId, scopes: new Set(['*']) }) as unknown as Viewer

test.for([null, 'org_alpha', 'org_bravo', 'org_none'])('of %s', async (organizationId) => {
  const { db } = app
  const { prisma } = db
  const reading = { db, counts: createKnownCounts(createNews(db.quick), 0), concerned: null }
  const loaders = createLoaders({ ...reading, viewer: viewerOf(organizationId) })
  const own = organizationId === null ? {} : { organizationId }
  const seen = { state: { not: 'UNSEEN' as const } }
  const seenBy = organizationId === null ? {} : { OR: [{ organizationId: null }, own] }
  const order = { orderBy: { id: 'asc' as const } }
  const wanted = {
    organization: await prisma.organization.findMany({
      where: organizationId === null ? {} : { id: organizationId },
      ...order,
    }),
    directory: await prisma.directory.findMany({ where: own, ...order }),
    directoryUser: await prisma.directoryUser.findMany({ where: { ...own, ...seen }, ...order }),
    directoryGroup: await prisma.directoryGroup.findMany({ where: { ...own, ...seen }, ...order }),
    account: await prisma.account.findMany({ where: own, ...order }),
    role: await prisma.role.findMany({ where: { deletedAt: null, ...seenBy }, ...order }),
  }
  const all = {
    organization: (await prisma.organization.findMany(order)).map(({ id }) => id),
    directory: (await prisma.directory.findMany(order)).map(({ id }) => id),
    directoryUser: (await prisma.directoryUser.findMany(order)).map(({ id }) => id),
    directoryGroup: (await prisma.directoryGroup.findMany(order)).map(({ id }) => id),
    account: (await prisma.account.findMany(order)).map(({ id }) => id),
    role: (await prisma.role.findMany(order)).map(({ id }) => id),
  }
  const found = {
    organization: await loaders.organization.loadMany(all.organization),
    directory: await loaders.directory.loadMany(all.directory),
    directoryUser: await loaders.directoryUser.loadMany(all.directoryUser),
    directoryGroup: await loaders.directoryGroup.loadMany(all.directoryGroup),
    account: await loaders.account.loadMany(all.account),
    role: await loaders.role.loadMany(all.role),
  }
  for (const [model, rows] of Object.entries(wanted))
    expect(found[model as keyof typeof found].filter((row) => row !== null)).toEqual(rows)
  expect(wanted.role).toHaveLength(organizationId === null ? 3 : organizationId === 'org_none' ? 1 : 2)
  expect(wanted.directoryUser.length).toBe(organizationId === null ? 6 : organizationId === 'org_none' ? 0 : 3)
})
