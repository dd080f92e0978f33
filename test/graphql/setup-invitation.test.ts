import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { graphql } from '../../src/generated/operations/index.ts'
import type { SendSetupInvitationInput } from '../../src/generated/operations/graphql.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { startMailServer, type MailServer } from '../support/mail-server.ts'
import { until } from '../support/until.ts'

let simulator: Simulator
let server: MailServer
let app: TestApp
/** Two organizations of WorkOS's, none of which is in the mirror. */
let mine: string
let theirs: string
const settings = () => ({
  SMTP_URL: server.url,
  MAIL_FROM: 'Acme <no-reply@acme.example>',
  PUBLIC_URL: 'https://rollcall.acme.example/',
  JOB_CONCURRENCY: '1',
  SETUP_INVITATIONS_PER_HOUR: '3',
})
beforeAll(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', announces: false, directories: 2, usersPerDirectory: 3 })
  server = await startMailServer()
  app = await startTestApp({ workosUrl: simulator.url, env: settings() })
  ;[mine, theirs] = simulator.store.organizations().map(({ id }) => id) as [string, string]
})
beforeEach(async () => {
  await app.db.pool.query('delete from setup_invitation')
})
afterEach(() => simulator.faults.clear())
afterAll(async () => {
  await app.close()
  await server.close()
  await simulator.close()
})

const Send = graphql(`
  mutation SendInvitation($input: SendSetupInvitationInput!) {
    sendSetupInvitation(input: $input) {
      __typename
      ... on SetupInvitation {
        id
        organization {
          id
        }
        email
        intent
        url
        createdBy
        createdAt
        expiresAt
        revokedAt
        lastUsedAt
        uses
      }
      ... on Error {
        message
      }
      ... on RateLimitedError {
        retryAt
      }
      ... on ValidationError {
        issues {
          path
          message
        }
      }
      ... on ForbiddenError {
        requiredScope
      }
      ... on UpstreamError {
        code
        retryable
      }
    }
  }
`)
const Revoke = graphql(`
  mutation RevokeInvitation($id: ID!) {
    revokeSetupInvitation(input: { id: $id }) {
      __typename
      ... on SetupInvitation {
        id
        url
        revokedAt
        mailStatus
      }
      ... on Error {
        message
      }
    }
  }
`)
const List = graphql(`
  query Invitations($first: Int, $filter: SetupInvitationFilter) {
    setupInvitations(first: $first, filter: $filter) {
      totalCount
      nodes {
        id
        url
        email
        mailStatus
        sentAt
      }
    }
  }
`)

async function send(key: string, input: Partial<SendSetupInvitationInput> = {}) {
  const whole = { organizationId: mine, email: 'it@bolt.example', ...input }
  return (await query(app.url, key, Send, { input: whole })).sendSetupInvitation
}
async function sent(key: string, input: Partial<SendSetupInvitationInput> = {}) {
  const invitation = await send(key, input)
  if (invitation.__typename !== 'SetupInvitation') throw new Error(JSON.stringify(invitation))
  return invitation
}
const portalKey = (organizationId: string | null = null) => app.key(organizationId, ['portal:write'])
const mailTo = (email: string) => server.received.filter(({ to }) => to.includes(email))

test('an IT admin is mailed a link that is shown once, is good for thirty days, and stands nowhere in the database', async () => {
  const key = await portalKey()
  const before = Date.now()
  const { url, expiresAt, createdAt, id, ...rest } = await sent(key, { email: 'IT.Admin@bolt.example' })
  expect(id).toMatch(/^setup_invitation_[0-9A-Z]{26}$/)
  expect(url).toMatch(/^https:\/\/rollcall\.acme\.example\/setup\/[\w-]{43}$/)
  expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(30 * 86_400_000)
  expect(rest).toEqual({
    __typename: 'SetupInvitation',
    organization: { id: mine },
    email: 'IT.Admin@bolt.example',
    intent: 'DSYNC',
    createdBy: expect.stringMatching(/^api_key_/) as string,
    revokedAt: null,
    lastUsedAt: null,
    uses: 0,
  })
  await until(async () => mailTo('IT.Admin@bolt.example').length === 1)
  const { subject, source } = mailTo('IT.Admin@bolt.example')[0]!
  expect(subject).toBe('Acme asks you to connect your directory')
  expect(source.split(url!)).toHaveLength(4) // in the text, and twice in the HTML

  const listed = async () => (await query(app.url, key, List, { filter: null })).setupInvitations.nodes
  await until(async () => (await listed())[0]!.sentAt !== null)
  expect(await listed()).toEqual([
    { id, url: null, email: 'IT.Admin@bolt.example', mailStatus: 'SENT', sentAt: expect.any(String) as string },
  ])
  const token = url!.slice(-43)
  for (const table of ['setup_invitation', 'mail', 'graphile_worker._private_jobs']) {
    const { rows } = await app.db.pool.query(`select * from ${table}`)
    expect(JSON.stringify(rows)).not.toContain(token)
  }
  expect(JSON.stringify(app.lines)).not.toMatch(new RegExp(`${token}|bolt.example`, 'i'))
})

test('the scope portal:write is needed for all of it', async () => {
  const { id } = await sent(await portalKey())
  const reader = await app.key(null, ['directory:read', 'keys:write'])
  const forbidden = { __typename: 'ForbiddenError', message: 'This needs the scope portal:write' }
  expect(await send(reader)).toEqual({ ...forbidden, requiredScope: 'portal:write' })
  expect((await query(app.url, reader, Revoke, { id })).revokeSetupInvitation).toEqual(forbidden)
  const { data, errors } = await ask(app.url, reader, List, { filter: null })
  expect(data).toBeNull()
  expect(errors![0]!.extensions).toEqual({ code: 'FORBIDDEN', requiredScope: 'portal:write' })
  const node = `{ node(id: "${id}") { id ... on SetupInvitation { email } } }`
  expect((await ask(app.url, reader, node)).data).toEqual({ node: null })
  const both = await app.key(null, ['directory:read', 'portal:write'])
  expect((await ask(app.url, both, node)).data).toEqual({ node: { id, email: 'it@bolt.example' } })
})

test("another's organization is as little found as one that nobody has, and so are its invitations (law 8)", async () => {
  const key = await portalKey(mine)
  const foreign = await sent(await portalKey(), { organizationId: theirs })
  const own = await sent(key)
  for (const organizationId of [theirs, 'org_unknown']) {
    const told = { __typename: 'NotFoundError', message: `There is no organization ${organizationId}` }
    expect(await send(key, { organizationId })).toEqual(told)
  }
  expect(await send(await portalKey(), { organizationId: 'org_unknown' })).toMatchObject({
    __typename: 'NotFoundError',
  })
  expect(await app.db.prisma.organization.findUnique({ where: { id: 'org_unknown' } })).toBeNull()
  const revoke = async (id: string) => (await query(app.url, key, Revoke, { id })).revokeSetupInvitation
  const none = foreign.id.replace(/.{6}$/, 'ZZZZZZ')
  expect(JSON.stringify(await revoke(foreign.id)).replaceAll(foreign.id, none)).toBe(JSON.stringify(await revoke(none)))
  expect(await app.db.prisma.setupInvitation.count({ where: { revokedAt: { not: null } } })).toBe(0)
  for (const filter of [null, { organizationId: theirs }, { organizationId: mine }]) {
    const { nodes, totalCount } = (await query(app.url, key, List, { filter })).setupInvitations
    const seen = filter?.organizationId === theirs ? [] : [own.id]
    expect([totalCount, nodes.map(({ id }) => id)]).toEqual([seen.length, seen])
  }
})

test('how often an address was invited elsewhere, a viewer who is bound to an organization is not told (law 8)', async () => {
  const all = await portalKey()
  for (let n = 0; n < 3; n += 1) await sent(all, { organizationId: theirs })
  expect(await send(await portalKey(mine))).toMatchObject({ __typename: 'SetupInvitation' })
  expect(await send(all)).toMatchObject({
    __typename: 'RateLimitedError',
    message: 'This address has received too many invitations within an hour',
  })
})

test('an organization and an address are invited a few times in an hour, also at once, and it is told when the next may be', async () => {
  const key = await portalKey()
  const before = Date.now()
  const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => send(key, { email: `it${n}@bolt.example` })))
  expect(answers.filter(({ __typename }) => __typename === 'SetupInvitation')).toHaveLength(3)
  const limited = answers.find((answer) => answer.__typename === 'RateLimitedError')!
  expect(limited.message).toBe('This organization has received too many invitations within an hour')
  expect(Date.parse(limited.retryAt)).toBeGreaterThanOrEqual(before + 3_600_000)
  expect(Date.parse(limited.retryAt)).toBeLessThanOrEqual(Date.now() + 3_600_000)
  await app.db.pool.query(
    `update setup_invitation set created_at = created_at - interval '61 minutes', email = 'It@Bolt.Example'`,
  )
  expect(await send(key)).toMatchObject({ __typename: 'SetupInvitation' })
  await app.db.pool.query(`update setup_invitation set created_at = now()`)
  expect(await send(key, { organizationId: theirs })).toMatchObject({ __typename: 'RateLimitedError' })
})

test('what is wrong with an invitation is told before anything is mailed', async () => {
  const key = await portalKey()
  const mails = await app.db.prisma.mail.count()
  const odd = [
    '',
    'bolt.example',
    'a@b',
    'it@bolt.example, eve@evil.example',
    'IT <it@bolt.example>',
    'it@bolt.example\nBcc: eve@evil.example',
  ]
  for (const email of odd) {
    const issues = [{ path: ['input', 'email'], message: 'must be a single e-mail address' }]
    expect([email, await send(key, { email })]).toEqual([
      email,
      expect.objectContaining({ __typename: 'ValidationError', issues }),
    ])
  }
  expect(await send(key, { organizationId: ' ', successUrl: 'http://app.example' })).toMatchObject({
    issues: [{ path: ['input', 'organizationId'] }, { path: ['input', 'successUrl'] }],
  })
  simulator.faults.set({ serverError: {} })
  expect(await send(key)).toMatchObject({ __typename: 'UpstreamError', code: 'unavailable', retryable: true })
  expect(await app.db.prisma.setupInvitation.count()).toBe(0)
  expect(await app.db.prisma.mail.count()).toBe(mails)
})

test('an invitation that is revoked before it was mailed is not mailed; to revoke it once more changes nothing', async () => {
  const quiet = await startTestApp({
    workosUrl: simulator.url,
    connectionString: app.connectionString,
    env: { ...settings(), JOB_CONCURRENCY: '0' },
  })
  try {
    const key = await portalKey()
    // So that nobody takes it meanwhile.
    await app.db.pool
      .query(`create function hold() returns trigger language plpgsql as $$ begin new.run_at = now() + interval '1 hour'; return new; end $$;
      create trigger hold before insert on graphile_worker._private_jobs for each row execute function hold()`)
    const input = { organizationId: mine, email: 'late@bolt.example' }
    const { sendSetupInvitation } = await query(quiet.url, key, Send, { input })
    if (sendSetupInvitation.__typename !== 'SetupInvitation') throw new Error('not sent')
    const { id } = sendSetupInvitation
    const revoke = async () => (await query(app.url, key, Revoke, { id })).revokeSetupInvitation
    const first = await revoke()
    expect(first).toEqual({
      __typename: 'SetupInvitation',
      id,
      url: null,
      revokedAt: expect.any(String) as string,
      mailStatus: 'CANCELLED',
    })
    expect(await revoke()).toEqual(first)
    await app.db.pool.query('drop trigger hold on graphile_worker._private_jobs')
    await app.db.pool.query(
      'select graphile_worker.reschedule_jobs(array[id], run_at := now()) from graphile_worker.jobs',
    )
    await until(async () => (await app.db.pool.query('select from graphile_worker.jobs')).rowCount === 0)
    expect(mailTo('late@bolt.example')).toEqual([])
  } finally {
    await quiet.close()
  }
})

test('a server that cannot mail a link says what it lacks, and does not pretend', async () => {
  const bare = await startTestApp({ workosUrl: simulator.url, connectionString: app.connectionString })
  try {
    const input = { organizationId: mine, email: 'it@bolt.example' }
    expect((await query(bare.url, await portalKey(), Send, { input })).sendSetupInvitation).toEqual({
      __typename: 'ConflictError',
      message: 'This server cannot mail links: SMTP_URL is not set. Use generatePortalLink instead',
    })
  } finally {
    await bare.close()
  }
})

test('lists are pages, in the order of making', async () => {
  const key = await portalKey()
  const ids = []
  for (let n = 0; n < 3; n += 1)
    ids.push((await sent(key, { organizationId: n === 1 ? theirs : mine, email: `it${n}@bolt.example` })).id)
  const { nodes, totalCount } = (await query(app.url, key, List, { first: 2 })).setupInvitations
  expect([totalCount, nodes.map(({ id }) => id)]).toEqual([3, ids.slice(0, 2)])
})

test('the mutation of docs/setup.md works as it stands, but for the organization', async () => {
  const page = readFileSync(new URL('../../docs/setup.md', import.meta.url), 'utf8')
  const invite = /mutation Invite [^`]+/.exec(page)![0].replace('org_…', mine)
  const { data, errors } = await ask<{ sendSetupInvitation: { url: string } }, Record<string, never>>(
    app.url,
    await portalKey(),
    invite,
  )
  expect(errors).toBeUndefined()
  expect(data!.sendSetupInvitation.url).toMatch(/\/setup\//)
})
