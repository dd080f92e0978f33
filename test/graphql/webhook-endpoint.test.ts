// Endpoints for webhooks by the API; what is sent to them is in test/outbound.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { CreateWebhookEndpointInput } from '../../src/generated/operations/graphql.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { createEndpoint, removeEndpoints, replay, startSender } from '../outbound/endpoints.ts'
import { Create, Endpoint, Update, webhooks } from './webhooks.ts'

const url = 'https://hooks.example.com/rollcall'

let app: TestApp
let key: string
let actor: string
let hooks: ReturnType<typeof webhooks>
beforeAll(async () => {
  app = await startSender()
  key = await app.key(null, ['directory:read', 'webhooks:write'])
  actor = (await app.db.prisma.apiKey.findFirstOrThrow()).id
  hooks = webhooks(app, key)
})
afterEach(() => removeEndpoints(app))
afterAll(() => app.close())

const Endpoints = graphql(`
  query WebhookAll($organizationId: ID) {
    webhookEndpoints(organizationId: $organizationId) {
      totalCount
      nodes {
        id
        secret
      }
    }
  }
`)

test('an endpoint is made with a secret that is shown once', async () => {
  const made = await hooks.create({ url, description: ' To the CRM ', kinds: ['MEMBERSHIP_ADDED', 'MEMBERSHIP_ADDED'] })
  expect(made).toEqual({
    __typename: 'WebhookEndpoint',
    id: expect.stringMatching(/^webhook_endpoint_[0-9A-Z]{26}$/) as string,
    url,
    description: 'To the CRM',
    kinds: ['MEMBERSHIP_ADDED'],
    status: 'HEALTHY',
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string,
    rotatingUntil: null,
    createdBy: actor,
    organization: null,
  })
  const { id } = made as { id: string }
  expect(await query(app.url, key, Endpoint, { id })).toMatchObject({
    webhookEndpoint: { id, secret: null },
    node: { id, __typename: 'WebhookEndpoint' },
  })
  expect((await query(app.url, key, Endpoints)).webhookEndpoints).toEqual({
    totalCount: 1,
    nodes: [{ id, secret: null }],
  })
  expect(await hooks.update({ id, description: 'x' })).toMatchObject({ secret: null })
})

test('what cannot be an endpoint is refused, with everything that is wrong', async () => {
  const issues = async (input: CreateWebhookEndpointInput) => {
    const made = await hooks.create(input)
    return made.__typename === 'ValidationError' ? made.issues.map(({ path }) => path.join('.')) : made.__typename
  }
  expect(await issues({ url: 'ftp://example.com', description: 'x'.repeat(501), organizationId: 'a b' })).toEqual([
    'input.organizationId',
    'input.url',
    'input.description',
  ])
  expect(await issues({ url: 'https://me:secret@example.com' })).toEqual(['input.url'])
  const { id } = await createEndpoint(app.url, key, { url })
  expect(await hooks.update({ id, url: 'nonsense' })).toMatchObject({ issues: [{ path: ['input', 'url'] }] })
  expect(await hooks.rotate({ id, gracePeriodSeconds: -1 })).toMatchObject({ __typename: 'ValidationError' })
  expect(await hooks.update({ id: 'webhook_endpoint_none', enabled: true })).toEqual({ __typename: 'NotFoundError' })
  expect(await hooks.rotate({ id: 'webhook_endpoint_none' })).toEqual({ __typename: 'NotFoundError' })
  expect(await hooks.remove('webhook_endpoint_none')).toEqual({ __typename: 'NotFoundError' })
  expect(await hooks.sendTest('webhook_endpoint_none')).toEqual({ __typename: 'NotFoundError' })
})

test('in production, private addresses are refused when an endpoint is made or changed', async () => {
  const guarded = await startSender({
    connectionString: app.connectionString,
    env: { OUTBOUND_ALLOW_PRIVATE: 'false' },
  })
  for (const target of ['https://127.0.0.1/x', 'https://[::1]/', 'https://169.254.169.254/', 'http://example.com/'])
    expect((await query(guarded.url, key, Create, { input: { url: target } })).createWebhookEndpoint).toMatchObject({
      issues: [{ path: ['input', 'url'] }],
    })
  const { id } = await createEndpoint(guarded.url, key, { url })
  expect(
    (await query(guarded.url, key, Update, { input: { id, url: 'https://10.0.0.1' } })).updateWebhookEndpoint,
  ).toEqual({
    __typename: 'ValidationError',
    issues: [{ path: ['input', 'url'] }],
  })
  await guarded.close()
})

test('there may be fifty for an organization', async () => {
  for (let count = 0; count < 50; count += 1) await createEndpoint(app.url, key, { url, organizationId: 'org_test' })
  expect(await hooks.create({ url, organizationId: 'org_test' })).toMatchObject({ __typename: 'ConflictError' })
  expect(await hooks.create({ url, organizationId: 'org_other' })).toMatchObject({ organization: { id: 'org_other' } })
  const { nodes } = (await query(app.url, key, Endpoints, { organizationId: 'org_test' })).webhookEndpoints
  await hooks.remove(nodes[0]!.id)
  expect(await hooks.create({ url, organizationId: 'org_test' })).toMatchObject({ __typename: 'WebhookEndpoint' })
})

test('everything that is done needs webhooks:write, and directory:read too, since changes are read at the endpoint', async () => {
  const { id } = await createEndpoint(app.url, key, { url })
  for (const [scopes, requiredScope] of [
    [['directory:read', 'keys:write'], 'webhooks:write'],
    [['webhooks:write'], 'directory:read'],
  ] as const) {
    const as = await app.key(null, scopes)
    const forbidden = { __typename: 'ForbiddenError', requiredScope }
    expect(await hooks.create({ url }, as)).toEqual(forbidden)
    expect(await hooks.update({ id, enabled: false }, as)).toEqual(forbidden)
    expect(await hooks.rotate({ id }, as)).toEqual(forbidden)
    expect(await hooks.remove(id, as)).toEqual(forbidden)
    expect(await hooks.sendTest(id, as)).toEqual(forbidden)
    expect(await replay(app, { webhookEndpointId: id, all: true }, as)).toMatchObject({ __typename: 'ForbiddenError' })
  }
  const reader = await app.key(null, ['directory:read'])
  expect((await query(app.url, reader, Endpoint, { id })).webhookEndpoint).toMatchObject({ id })
  const stranger = await ask(app.url, await app.key(null, ['webhooks:write']), Endpoint, { id })
  expect(stranger.errors![0]!.extensions).toMatchObject({ code: 'FORBIDDEN', requiredScope: 'directory:read' })
})

test('the change log tells what was done, by whom, and what was before', async () => {
  const organizationId = 'org_told'
  const own = await app.key(organizationId, ['directory:read', 'webhooks:write'])
  const { id: admin } = await app.db.prisma.apiKey.findFirstOrThrow({ where: { organizationId } })
  const theirs = webhooks(app, own)
  const { id } = await createEndpoint(app.url, own, {
    organizationId,
    url,
    kinds: ['DIRECTORY_USER_CREATED', 'DIRECTORY_USER_DELETED'],
  })
  const kinds = ['DIRECTORY_USER_DELETED' as const, 'DIRECTORY_USER_CREATED' as const]
  await theirs.update({ id, url, kinds }) // nothing
  await theirs.update({ id, description: 'new', kinds: [], enabled: false })
  await theirs.rotate({ id })
  await theirs.remove(id)
  const told = {
    source: 'MUTATION',
    actor: admin,
    webhookEndpointId: id,
    webhookEndpoint: null,
    previous: null,
    count: null,
  }
  expect(await theirs.told(id)).toEqual([
    { ...told, kind: 'CREATED', changedFields: [] },
    {
      ...told,
      kind: 'UPDATED',
      changedFields: ['description', 'kinds', 'enabled'],
      previous: { description: '', kinds: kinds.toReversed(), enabled: true },
    },
    { ...told, kind: 'SECRET_ROTATED', changedFields: [] },
    { ...told, kind: 'DELETED', changedFields: [] },
  ])
})
