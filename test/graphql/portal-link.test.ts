import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { GeneratePortalLinkInput } from '../../src/generated/operations/graphql.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'

let simulator: Simulator
let app: TestApp
/** Two organizations of WorkOS's, none of which is in the mirror. */
let mine: string
let theirs: string
beforeAll(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', announces: false, directories: 2, usersPerDirectory: 3 })
  app = await startTestApp({ workosUrl: simulator.url })
  ;[mine, theirs] = simulator.store.organizations().map(({ id }) => id) as [string, string]
})
afterEach(() => simulator.faults.clear())
afterAll(async () => {
  await app.close()
  await simulator.close()
})

const Generate = graphql(`
  mutation GenerateLink($input: GeneratePortalLinkInput!) {
    generatePortalLink(input: $input) {
      __typename
      ... on PortalLink {
        url
        expiresAt
        intent
      }
      ... on NotFoundError {
        message
        id
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ... on ForbiddenError {
        message
        requiredScope
      }
      ... on UpstreamError {
        message
        code
        retryable
      }
    }
  }
`)

async function generate(key: string, input: Partial<GeneratePortalLinkInput> = {}) {
  const whole = { organizationId: mine, intent: 'DSYNC' as const, ...input }
  return (await query(app.url, key, Generate, { input: whole })).generatePortalLink
}

const portalKey = (organizationId: string | null = null) => app.key(organizationId, ['portal:write'])

test('an admin who follows the link connects a directory and is sent where the caller wants', async () => {
  const successUrl = 'https://app.example/connected?by=portal'
  const before = Date.now()
  const link = await generate(await portalKey(), {
    organizationId: theirs,
    returnUrl: 'https://app.example',
    successUrl,
  })
  if (link.__typename !== 'PortalLink') throw new Error(JSON.stringify(link))
  expect(link.intent).toBe('DSYNC')
  expect(Date.parse(link.expiresAt)).toBeGreaterThanOrEqual(before + 5 * 60_000)
  expect(Date.parse(link.expiresAt)).toBeLessThanOrEqual(Date.now() + 5 * 60_000)

  const connected = await fetch(`${link.url}/bamboohr`, { method: 'POST', redirect: 'manual' })
  expect([connected.status, connected.headers.get('location')]).toEqual([303, successUrl])
  const types = simulator.store.directories().filter(({ object }) => object.organization_id === theirs)
  expect(types.map(({ object }) => object.type)).toContain('bamboohr')
})

test('the mutation of docs/setup.md works as it stands, but for the organization', async () => {
  const page = readFileSync(new URL('../../docs/setup.md', import.meta.url), 'utf8')
  const setup = /mutation Setup [^`]+/.exec(page)![0].replace('org_…', mine)
  const { data, errors } = await ask<{ generatePortalLink: { url: string } }, Record<string, never>>(
    app.url,
    await portalKey(),
    setup,
  )
  expect(errors).toBeUndefined()
  expect((await fetch(data!.generatePortalLink.url)).status).toBe(200)
})

test('a link needs portal:write', async () => {
  const forbidden = {
    __typename: 'ForbiddenError',
    message: 'This needs the scope portal:write',
    requiredScope: 'portal:write',
  }
  expect(await generate(await app.key(null, ['directory:read', 'keys:write']))).toEqual(forbidden)
  expect((await generate(await app.key(null, ['portal:*']))).__typename).toBe('PortalLink')
})

test("another's organization is as little found as one that nobody has (law 8)", async () => {
  const key = await portalKey(mine)
  expect((await generate(key)).__typename).toBe('PortalLink')
  const organizations = [theirs, 'org_unknown']
  for (const id of organizations) {
    const told = { __typename: 'NotFoundError', message: `There is no organization ${id}`, id }
    expect(await generate(key, { organizationId: id })).toEqual(told)
  }
  // Which is what one who sees all is told of an organization that nobody has.
  const none = await generate(await portalKey(), { organizationId: 'org_unknown' })
  expect(none).toEqual(await generate(key, { organizationId: 'org_unknown' }))
  // Of another's, not even whether WorkOS answers is told.
  simulator.faults.set({ serverError: {} })
  for (const organizationId of organizations) {
    expect((await generate(key, { organizationId })).__typename).toBe('NotFoundError')
  }
})

test('a bound viewer whose organization WorkOS does not know is told that there is none', async () => {
  const key = await portalKey('org_forgotten')
  expect(await generate(key, { organizationId: 'org_forgotten' })).toMatchObject({ __typename: 'NotFoundError' })
})

test('the portal leads back by HTTPS only, and every field at fault is named', async () => {
  const key = await portalKey()
  const https = 'must be a URL that begins with https://'
  expect(
    await generate(key, { organizationId: ' ', returnUrl: 'http://app.example', successUrl: 'http://localhost:3000' }),
  ).toEqual({
    __typename: 'ValidationError',
    issues: [
      { path: ['input', 'organizationId'], message: "must be an organization's id: org_…" },
      { path: ['input', 'returnUrl'], message: https },
      { path: ['input', 'successUrl'], message: https },
    ],
  })
  const odd = [
    '',
    'app.example',
    '//app.example',
    'https:app.example',
    'https://',
    'https:///x',
    ' https://app.example',
    'https://app.example ',
    'https://app.example/\n',
    'javascript://https://x',
    'https://[',
    'https://a:b:c',
  ]
  for (const successUrl of odd) {
    const issues = [{ path: ['input', 'successUrl'], message: https }]
    expect([successUrl, await generate(key, { successUrl })]).toEqual([
      successUrl,
      { __typename: 'ValidationError', issues },
    ])
  }
  for (const successUrl of [null, 'HTTPS://app.example', 'https://app.example:8443/a?b=c#d']) {
    expect((await generate(key, { successUrl })).__typename).toBe('PortalLink')
  }
})

test('where WorkOS fails or wants to be left alone, the caller is told to try again, and nothing of how', async () => {
  const key = await portalKey()
  simulator.faults.set({ serverError: {} })
  const unavailable = { message: 'WorkOS failed to respond', code: 'unavailable', retryable: true }
  expect(await generate(key)).toEqual({ __typename: 'UpstreamError', ...unavailable })
  simulator.faults.set({ serverError: null, rateLimited: {} })
  const limited = { message: 'WorkOS asks for fewer requests', code: 'rate_limited', retryable: true }
  expect(await generate(key)).toEqual({ __typename: 'UpstreamError', ...limited })
  simulator.faults.set({ rateLimited: null, serverError: { count: 1 } })
  expect((await generate(key)).__typename).toBe('PortalLink')
})

test("a refusal of the server's own key is not the caller's to mend, and is logged without the key", async () => {
  const stranger = await createSimulator({ apiKey: 'sk_other', announces: false, directories: 1, usersPerDirectory: 1 })
  const misled = await startTestApp({ workosUrl: stranger.url })
  try {
    const input = { organizationId: mine, intent: 'SSO' as const, successUrl: 'https://secret.example' }
    const { data } = await ask(misled.url, await misled.key(), Generate, { input })
    const told = { message: 'WorkOS does not accept WORKOS_API_KEY', code: null, retryable: false }
    expect(data!.generatePortalLink).toEqual({ __typename: 'UpstreamError', ...told })
    const logged = misled.lines.filter(({ msg }) => msg === 'portal link')
    expect(logged).toMatchObject([{ error: 'WorkOS does not accept WORKOS_API_KEY', status: 401 }])
    expect(JSON.stringify(misled.lines)).not.toMatch(/secret\.example|sk_(test|other)/)
  } finally {
    await misled.close()
    await stranger.close()
  }
})
