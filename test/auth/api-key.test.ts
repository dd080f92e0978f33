import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { send } from '../http/send.ts'
import { WhoAmI } from './operations.ts'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

const CreateKey = graphql(`
  mutation CreateKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      __typename
      ... on ApiKey {
        id
        name
        prefix
        secret
        scopes
        organization {
          id
        }
        createdAt
        expiresAt
        revokedAt
        lastUsedAt
      }
      ... on ForbiddenError {
        message
        requiredScope
      }
      ... on ValidationError {
        message
        issues {
          path
          message
        }
      }
    }
  }
`)
const RevokeKey = graphql(`
  mutation RevokeKey($id: ID!) {
    revokeApiKey(input: { id: $id }) {
      __typename
      ... on ApiKey {
        revokedAt
        secret
      }
      ... on ForbiddenError {
        requiredScope
      }
      ... on NotFoundError {
        message
      }
    }
  }
`)
const ListKeys = graphql(`
  query ListKeys {
    apiKeys(first: 100) {
      nodes {
        id
        secret
        prefix
        lastUsedAt
      }
    }
  }
`)

async function create(
  key: string,
  input: { name: string; scopes: string[]; organizationId?: string; expiresAt?: string },
) {
  const { createApiKey } = await query(app.url, key, CreateKey, { input })
  return createApiKey
}

async function made(
  key: string,
  input: { name: string; scopes: string[]; organizationId?: string; expiresAt?: string },
) {
  const created = await create(key, input)
  if (created.__typename !== 'ApiKey') throw new Error(JSON.stringify(created))
  return created
}

test('a key is shown once, and only its hash and its first characters are kept', async () => {
  const admin = await app.key()
  const created = await made(admin, { name: ' backend ', scopes: ['directory:read'], organizationId: 'org_new' })
  expect(created).toMatchObject({
    name: 'backend',
    scopes: ['directory:read'],
    organization: { id: 'org_new' },
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  })
  expect(created.secret).toMatch(/^rck_[\w-]{43}$/)
  expect(created.secret!.startsWith(created.prefix)).toBe(true)
  expect(created.prefix.length).toBeLessThanOrEqual(12)

  const { rows } = await app.db.pool.query<{ row: string; hash: Buffer }>(
    'select k::text as row, hash from api_key k where id = $1',
    [created.id],
  )
  expect(rows[0]!.row).not.toContain(created.secret!.slice(created.prefix.length))
  expect(rows[0]!.hash).toEqual(createHash('sha256').update(created.secret!).digest())
  const { apiKeys } = await query(app.url, admin, ListKeys)
  expect(apiKeys.nodes.find(({ id }) => id === created.id)).toMatchObject({ secret: null, prefix: created.prefix })

  const { viewer } = await query(app.url, created.secret, WhoAmI)
  expect(viewer).toEqual({
    kind: 'API_KEY',
    id: created.id,
    scopes: ['directory:read'],
    organization: { id: 'org_new' },
  })
  const used = (await query(app.url, admin, ListKeys)).apiKeys.nodes.find(({ id }) => id === created.id)!.lastUsedAt
  expect(Math.abs(Date.parse(used!) - Date.now())).toBeLessThan(60_000)
})

test('a scope that is given twice is one', async () => {
  const scopes = ['directory:read', 'users:*', 'directory:read']
  const { id, ...created } = await made(await app.key(), { name: 'twice', scopes })
  expect(created.scopes).toEqual(['directory:read', 'users:*'])
  expect((await app.db.prisma.apiKey.findUniqueOrThrow({ where: { id } })).scopes).toEqual(created.scopes)
})

test('keys of one new organization may be made at the same time', async () => {
  const admin = await app.key()
  const input = { name: 'one of many', scopes: ['directory:read'], organizationId: 'org_at_once' }
  const all = await Promise.all(Array.from({ length: 8 }, () => create(admin, input)))
  expect(all.map(({ __typename }) => __typename)).toEqual(Array.from({ length: 8 }, () => 'ApiKey'))
})

describe('a key is refused', () => {
  test.for<[string, Record<string, string>]>([
    ['missing', {}],
    ['empty', { authorization: '' }],
    ['of another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['a bearer of nothing', { authorization: 'Bearer ' }],
    ['two words', { authorization: 'Bearer rck_a b' }],
    ['unknown', { authorization: `Bearer rck_${'A'.repeat(43)}` }],
    ['an access token where none are accepted', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
  ])('with 401 and UNAUTHENTICATED: %s', async ([, headers]) => {
    const reply = await send(
      `${app.url}/graphql`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      JSON.stringify({ query: '{ viewer { id } __schema { queryType { name } } }' }),
    )
    expect(reply).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    const { data, errors } = JSON.parse(reply.body) as { data?: unknown; errors: { extensions: object }[] }
    expect(data).toBeUndefined()
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAUTHENTICATED' }])
  })

  test('as soon as it has expired', async () => {
    const admin = await app.key()
    const expiresAt = new Date(Date.now() + 1_500).toISOString()
    const { secret } = await made(admin, { name: 'short', scopes: ['*'], expiresAt })
    expect((await ask(app.url, secret ?? '', WhoAmI)).errors).toBeUndefined()
    const refused = async () => (await ask(app.url, secret ?? '', WhoAmI)).errors?.[0]?.extensions?.code
    await expect.poll(refused, { timeout: 5_000, interval: 50 }).toBe('UNAUTHENTICATED')
    expect(Date.now() - Date.parse(expiresAt)).toBeLessThan(1_000)
  })

  test('within a second of being revoked, and revoking it again changes nothing', async () => {
    const admin = await app.key()
    const { id, secret } = await made(admin, { name: 'short', scopes: ['*'] })
    expect((await ask(app.url, secret ?? '', WhoAmI)).errors).toBeUndefined()
    const { revokeApiKey: revoked } = await query(app.url, admin, RevokeKey, { id })
    const since = performance.now()
    expect(revoked).toMatchObject({ __typename: 'ApiKey', secret: null })
    const refused = async () => (await ask(app.url, secret ?? '', WhoAmI)).errors?.[0]?.extensions?.code
    await expect.poll(refused, { timeout: 5_000, interval: 50 }).toBe('UNAUTHENTICATED')
    expect(performance.now() - since).toBeLessThan(1_000)
    expect((await query(app.url, admin, RevokeKey, { id })).revokeApiKey).toEqual(revoked)
  })
})

describe('who makes keys', () => {
  test('needs keys:write, and so does who revokes or lists them', async () => {
    const reader = await app.key(null, ['directory:read', 'users:*', 'events:read'])
    const forbidden = { __typename: 'ForbiddenError', requiredScope: 'keys:write' }
    expect(await create(reader, { name: 'x', scopes: ['directory:read'] })).toMatchObject(forbidden)
    expect((await query(app.url, reader, RevokeKey, { id: 'api_key_none' })).revokeApiKey).toEqual(forbidden)
    const { data, errors } = await ask(app.url, reader, ListKeys)
    expect(data).toBeNull()
    expect(errors![0]!.extensions).toEqual({ code: 'FORBIDDEN', requiredScope: 'keys:write' })
  })

  test('hands on no more than they have', async () => {
    const some = await app.key(null, ['keys:write', 'users:read:raw', 'events:*'])
    const granted = async (scope: string) => {
      const result = await create(some, { name: 'x', scopes: [scope] })
      return result.__typename === 'ForbiddenError' ? result.requiredScope : result.__typename
    }
    expect(await granted('users:read:raw')).toBe('ApiKey')
    expect(await granted('events:read')).toBe('ApiKey')
    expect(await granted('events:*')).toBe('ApiKey')
    expect(await granted('directory:read')).toBe('directory:read')
    expect(await granted('*')).toBe('*')
    // It would grow with every scope of that name that is added later.
    expect(await granted('users:*')).toBe('users:*')
  })

  test('makes them for their own organization only, where they are bound to one', async () => {
    const bound = await app.key('org_bound')
    expect(await made(bound, { name: 'x', scopes: ['*'] })).toMatchObject({ organization: { id: 'org_bound' } })
    expect(await create(bound, { name: 'x', scopes: ['*'], organizationId: 'org_other' })).toMatchObject({
      __typename: 'ForbiddenError',
      requiredScope: null,
    })
  })

  test('is told everything that is wrong with the input at once, by its path', async () => {
    const wrong = {
      name: ' ',
      scopes: ['directory:read', 'everything'],
      organizationId: 'a b',
      expiresAt: '2020-01-01T00:00:00Z',
    }
    const result = await create(await app.key(), wrong)
    if (result.__typename !== 'ValidationError') throw new Error(JSON.stringify(result))
    expect(result.issues.map(({ path }) => path.join('.'))).toEqual([
      'input.name',
      'input.scopes.1',
      'input.organizationId',
      'input.expiresAt',
    ])
    for (const { path } of result.issues) expect(result.message).toContain(path.join('.'))
    expect(await create(await app.key(), { name: 'x', scopes: [] })).toMatchObject({
      issues: [{ path: ['input', 'scopes'] }],
    })
  })
})

test('a viewer that is bound to an organization without an id sees nothing at all', async () => {
  await app.key('org_somebody')
  await app.db.prisma.organization.create({ data: { id: '' } })
  const key = await app.key('')
  const Somebody = graphql(`
    query Somebody {
      organization(id: "org_somebody") {
        id
      }
      organizations {
        nodes {
          id
        }
      }
    }
  `)
  const { organization, organizations } = await query(app.url, key, Somebody)
  expect(organization).toBeNull()
  expect(organizations.nodes).toEqual([{ id: '' }])
})
