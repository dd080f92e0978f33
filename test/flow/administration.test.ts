// Whatever somebody does through the API is in the change log, with who did it.
import { getNamedType, type GraphQLUnionType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChangeKind } from '../../src/directory/change-kinds.ts'
import { graphql } from '../../src/generated/operations/index.ts'
import { schema } from '../../src/graphql/schema.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { companyEvents, deliverInTurns } from '../graphql/company.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'

const EMAIL = 'it@customer.example'

let app: TestApp
let simulator: Simulator
let key: string
/** The id of the key, which is the actor. */
let actor: string
const { company, events } = companyEvents('alpha')
const { organizationId, directoryId, groupIds, userIds, eventIds } = company
/** Of WorkOS, and known here only by what is done for it. */
let customer: string
beforeAll(async () => {
  simulator = await createSimulator({ apiKey: 'sk_test', announces: false, directories: 1, usersPerDirectory: 3 })
  customer = simulator.store.organizations()[0]!.id
  const env = { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'no-reply@acme.example', PUBLIC_URL: 'https://acme.example' }
  app = await startTestApp({ workosUrl: simulator.url, env })
  key = await app.key()
  actor = (await app.db.prisma.apiKey.findFirstOrThrow()).id
  await deliverInTurns(app, { events })
})
afterAll(async () => {
  await app.close()
  await simulator.close()
})

/** What mutations have given, as JSON: some of it is not to be in the log. */
const answers: string[] = []

async function send<Data>(text: string, variables: object): Promise<Data> {
  const { data, errors } = await ask<Data, object>(app.url, key, text, variables)
  if (data == null || errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}

async function newest(): Promise<string> {
  const text = '{ changes(last: 1) { pageInfo { endCursor } } }'
  return (await send<{ changes: { pageInfo: { endCursor: string } } }>(text, {})).changes.pageInfo.endCursor
}

/** Carries out a mutation and gives the id of what it gave. Throws where it was refused. */
async function mutate(name: string, input: object): Promise<string> {
  const field = schema.getMutationType()!.getFields()[name]!
  const parts = schema.getPossibleTypes(getNamedType(field.type) as GraphQLUnionType).flatMap((type) => {
    const asked = (type.name.endsWith('Error') ? ['message'] : ['id', 'secret', 'url'])
      .filter((one) => one in type.getFields())
      .map((one) => `${type.name}_${one}: ${one}`)
    return asked.length === 0 ? [] : [`... on ${type.name} { ${asked.join(' ')} }`]
  })
  const text = `mutation ($input: ${String(field.args[0]!.type)}) { result: ${name}(input: $input) { __typename ${parts.join(' ')} } }`
  const { result } = await send<{ result: Record<string, string> }>(text, { input })
  if (result.__typename!.endsWith('Error')) throw new Error(`${name}: ${JSON.stringify(result)}`)
  answers.push(JSON.stringify(result))
  return result[`${result.__typename}_id`] ?? ''
}

/** What each mutation is asked, in an order in which each has something to do. */
async function* administration(): AsyncGenerator<readonly [name: string, input: object]> {
  const { pool } = app.db
  const id = async (text: string): Promise<string> => (await pool.query<{ id: string }>(text)).rows[0]!.id
  const [, ben] = userIds
  const account = () => id(`select account_id as id from directory_user where id = '${ben}'`)

  yield ['createRole', { slug: 'baker', name: 'Baker', organizationId }]
  const role = made
  yield ['updateRole', { id: role, name: 'Master baker' }]
  const grant = { userId: await account(), role: 'baker', reason: 'on call' }
  yield ['grantRole', grant]
  yield ['revokeRole', grant]
  yield ['createRoleMapping', { directoryId, match: 'GROUP_ID', value: groupIds[0], roles: ['baker'] }]
  const mapping = made
  yield ['updateRoleMapping', { id: mapping, match: 'NAME_EQUALS', value: 'staff' }]
  const to = await newest()
  const { plan } = await send<{ plan: { id: string; hash: string } }>(
    'query ($input: PlanRoleMappingsInput!) { plan: planRoleMappings(input: $input) { ... on RoleMappingPlan { id hash } } }',
    { input: { delete: [mapping] } },
  )
  yield ['applyRoleMappingPlan', { planId: plan.id, hash: plan.hash }]
  yield ['rollbackRoleMappings', { to }]
  yield ['deleteRoleMapping', { id: await id('select id from role_mapping'), confirm: true }]
  yield ['deleteRole', { id: role, confirm: true }]

  yield ['updateOrganization', { organizationId, linkByEmail: true }]
  yield ['disableUser', { userId: await account(), reason: 'on leave' }]
  yield ['enableUser', { userId: await account(), reason: 'back' }]
  yield ['revokeSessions', { userId: await account() }]
  const registered = { externalId: 'app_9', email: 'ada@example.com', emailVerified: true }
  yield ['upsertUsers', { organizationId, users: [{ externalId: 'app_8' }, registered] }]
  yield ['linkUser', { directoryUserId: ben, externalId: 'app_8' }]
  yield ['unlinkUser', { directoryUserId: ben }]
  yield ['importUserLinks', { csv: `user_id,directory_user_id\napp_8,${ben}\n`, dryRun: false }]
  yield ['linkUsersByEmail', { organizationId, dryRun: false }]

  yield ['updateAttributeMapping', { directoryId, attribute: 'division', pointers: ['/idp_id'] }]
  const fail = () => pool.query(`update inbox_event set status = 'FAILED' where id = $1`, [eventIds[1]])
  await fail()
  yield ['replayEvents', { ids: [eventIds[1]] }]
  await app.applied()
  await fail()
  yield ['discardEvents', { ids: [eventIds[1]], reason: 'of no use' }]

  // It waits since the directory was connected, and nobody carries runs out.
  yield ['cancelSyncRun', { id: await id('select id from sync_run') }]
  yield ['resyncDirectory', { directoryId, dryRun: true }]
  const held = () => pool.query(`update sync_run set state = 'AWAITING_APPROVAL' where id = $1`, [run])
  const run = made
  await held()
  yield ['approveHeldChanges', { directoryId }]
  await held()
  yield ['rejectHeldChanges', { directoryId }]
  yield ['updateDirectoryGuard', { directoryId, minimum: 7 }]

  yield ['createApiKey', { name: 'backend', scopes: ['directory:read'], organizationId }]
  yield ['revokeApiKey', { id: made }]

  yield ['createWebhookEndpoint', { organizationId, url: 'https://hooks.example/in' }]
  const endpoint = made
  yield ['updateWebhookEndpoint', { id: endpoint, description: 'for payroll' }]
  yield ['rotateWebhookSecret', { id: endpoint }]
  yield ['sendTestWebhook', { webhookEndpointId: endpoint }]
  await pool.query(`update webhook_delivery set status = 'DEAD', next_attempt_at = null`)
  yield ['replayWebhookDeliveries', { webhookEndpointId: endpoint, all: true }]
  yield ['deleteWebhookEndpoint', { id: endpoint }]

  yield ['generatePortalLink', { organizationId: customer, intent: 'SSO' }]
  yield ['sendSetupInvitation', { organizationId: customer, email: EMAIL }]
  yield ['revokeSetupInvitation', { id: made }]
}

/** The id of what the last mutation gave. */
let made = ''

/** What the mutation itself is told as; what follows from it comes after that, as its actor's too. */
const KINDS: Readonly<Record<string, ChangeKind>> = {
  applyRoleMappingPlan: 'ROLE_MAPPING_DELETED',
  approveHeldChanges: 'HELD_CHANGES_APPROVED',
  cancelSyncRun: 'SYNC_CANCELLED',
  createApiKey: 'API_KEY_CREATED',
  createRole: 'ROLE_CREATED',
  createRoleMapping: 'ROLE_MAPPING_CREATED',
  createWebhookEndpoint: 'WEBHOOK_ENDPOINT_CREATED',
  deleteRole: 'ROLE_DELETED',
  deleteRoleMapping: 'ROLE_MAPPING_DELETED',
  deleteWebhookEndpoint: 'WEBHOOK_ENDPOINT_DELETED',
  disableUser: 'USER_DEACTIVATED',
  discardEvents: 'EVENTS_DISCARDED',
  enableUser: 'USER_REACTIVATED',
  generatePortalLink: 'PORTAL_LINK_GENERATED',
  grantRole: 'ROLE_GRANT_ADDED',
  importUserLinks: 'USER_LINKED',
  linkUser: 'USER_LINKED',
  linkUsersByEmail: 'USER_LINKED',
  rejectHeldChanges: 'HELD_CHANGES_REJECTED',
  replayEvents: 'EVENTS_REPLAYED',
  replayWebhookDeliveries: 'WEBHOOK_ENDPOINT_REPLAYED',
  resyncDirectory: 'SYNC_REQUESTED',
  revokeApiKey: 'API_KEY_REVOKED',
  revokeRole: 'ROLE_GRANT_REMOVED',
  revokeSessions: 'USER_SESSIONS_REVOKED',
  revokeSetupInvitation: 'SETUP_INVITATION_REVOKED',
  rollbackRoleMappings: 'ROLE_MAPPING_CREATED',
  rotateWebhookSecret: 'WEBHOOK_ENDPOINT_SECRET_ROTATED',
  sendSetupInvitation: 'SETUP_INVITATION_SENT',
  unlinkUser: 'USER_PROVISIONED',
  updateAttributeMapping: 'ATTRIBUTE_MAPPING_UPDATED',
  updateDirectoryGuard: 'GUARD_UPDATED',
  updateOrganization: 'ORGANIZATION_UPDATED',
  updateRole: 'ROLE_UPDATED',
  updateRoleMapping: 'ROLE_MAPPING_UPDATED',
  updateWebhookEndpoint: 'WEBHOOK_ENDPOINT_UPDATED',
  upsertUsers: 'USER_PROVISIONED',
}

/** Those that are told of nowhere. */
const UNTOLD = new Set([
  'sendTestWebhook', // it changes nothing, and telling of it would send further messages to whom it tests
])

test('every mutation is in the change log with who did it, and no secret, link or address comes with it', async () => {
  const told: Record<string, unknown> = {}
  for await (const [name, input] of administration()) {
    const { rows } = await app.db.pool.query<{ head: number }>('select position as head from change_clock')
    made = await mutate(name, input)
    const { rows: changes } = await app.db.pool.query<{ kind: string; actor: string | null; source: string }>(
      'select kind, actor, source from change where position > $1 order by position',
      [rows[0]!.head],
    )
    expect(changes.filter((change) => change.actor !== actor || change.source !== 'MUTATION')).toEqual([])
    if (changes.length > 0) told[name] = changes[0]!.kind
  }
  expect(told).toEqual(KINDS)
  const mutations = Object.keys(schema.getMutationType()!.getFields())
  expect(new Set([...Object.keys(told), ...UNTOLD])).toEqual(new Set(mutations))

  const { rows } = await app.db.pool.query<{ log: string }>(
    `select string_agg(c::text, E'\\n') as log from change c where actor = $1`,
    [actor],
  )
  const hidden = answers.flatMap((answer) => answer.match(/(?:rck|whsec)_[^"]+|https?:[^"]+/g) ?? [])
  expect(hidden.length).toBeGreaterThanOrEqual(5)
  expect([...hidden, EMAIL].filter((one) => rows[0]!.log.includes(one))).toEqual([])
})

const Told = graphql(`
  query AdministrationTold($after: String!) {
    changes(first: 20, after: $after) {
      nodes {
        __typename
        actor
        source
        directory {
          id
        }
        ... on ApiKeyChange {
          key: kind
          apiKeyId
          apiKey {
            scopes
          }
        }
        ... on SyncRunChange {
          run: kind
          syncRunId
          syncRun {
            id
          }
          dryRun
        }
        ... on DirectoryGuardChange {
          guard: kind
          minimum
          percent
          changedFields
          previous
        }
        ... on PortalChange {
          portal: kind
          organizationId
          organization {
            id
          }
          intent
          setupInvitationId
          setupInvitation {
            email
          }
        }
      }
    }
  }
`)

test('what was done to what is told to those who may see its organization, and of keys and invitations only the ids to who may not manage them (law 8)', async () => {
  await endRuns()
  const after = await newest()
  const minimum = { previous: { minimum: await guardOf() }, changedFields: ['minimum'] }
  await mutate('updateDirectoryGuard', { directoryId, minimum: 70 })
  const apiKeyId = await mutate('createApiKey', { name: 'theirs', scopes: ['directory:read'], organizationId })
  const syncRunId = await mutate('resyncDirectory', { directoryId, dryRun: true })
  await mutate('cancelSyncRun', { id: syncRunId })
  await mutate('createApiKey', { name: 'of all', scopes: ['directory:read'] })
  await mutate('generatePortalLink', { organizationId: customer, intent: 'SSO' })
  const setupInvitationId = await mutate('sendSetupInvitation', { organizationId: customer, email: EMAIL })

  const by = { actor, source: 'MUTATION' }
  const inside = [
    { __typename: 'DirectoryGuardChange', guard: 'UPDATED', minimum: 70, percent: null, ...minimum },
    { __typename: 'ApiKeyChange', key: 'CREATED', apiKeyId, apiKey: { scopes: ['directory:read'] } },
    { __typename: 'SyncRunChange', run: 'REQUESTED', syncRunId, syncRun: { id: syncRunId }, dryRun: true },
    { __typename: 'SyncRunChange', run: 'CANCELLED', syncRunId, syncRun: { id: syncRunId }, dryRun: true },
  ].map((change) => {
    const directory = change.__typename === 'ApiKeyChange' ? null : { id: directoryId }
    return { ...by, directory, ...change }
  })
  const portal = {
    ...by,
    __typename: 'PortalChange',
    directory: null,
    organizationId: customer,
    organization: { id: customer },
  }
  const link = { ...portal, portal: 'LINK_GENERATED', intent: 'SSO', setupInvitationId: null, setupInvitation: null }
  const invitation = { ...portal, portal: 'INVITATION_SENT', intent: 'DSYNC', setupInvitationId }
  const told = async (secret: string) => (await query(app.url, secret, Told, { after })).changes.nodes

  expect(await told(await app.key(organizationId))).toEqual(inside)
  expect(await told(await app.key(customer))).toEqual([link, { ...invitation, setupInvitation: { email: EMAIL } }])
  expect(await told(await app.key('org_other'))).toEqual([])
  expect(await told(key)).toHaveLength(7)

  expect((await told(await app.key(organizationId, ['directory:read'])))[1]).toEqual({ ...inside[1], apiKey: null })
  expect(await told(await app.key(customer, ['directory:read']))).toEqual([
    link,
    { ...invitation, setupInvitation: null },
  ])
})

/** So that the next run is asked for, and not found. */
async function endRuns(): Promise<void> {
  await app.db.pool.query(`update sync_run set state = 'CANCELLED', finished_at = now() where finished_at is null`)
}

async function guardOf(): Promise<number | null> {
  return (await app.db.prisma.directory.findUniqueOrThrow({ where: { id: directoryId } })).guardMinimum
}

test('what is so already is done, and told, once', async () => {
  await endRuns()
  const apiKey = await mutate('createApiKey', { name: 'twice', scopes: ['directory:read'] })
  await mutate('revokeApiKey', { id: apiKey })
  const invitation = await mutate('sendSetupInvitation', { organizationId: customer, email: 'it@other.example' })
  await mutate('revokeSetupInvitation', { id: invitation })
  await mutate('updateDirectoryGuard', { directoryId, percent: 7 })
  const run = await mutate('resyncDirectory', { directoryId })
  const before = await newest()
  await mutate('revokeApiKey', { id: apiKey })
  await mutate('revokeSetupInvitation', { id: invitation })
  await mutate('updateDirectoryGuard', { directoryId, percent: 7 })
  expect(await mutate('resyncDirectory', { directoryId, dryRun: true })).toBe(run)
  await mutate('cancelSyncRun', { id: run })
  await expect(mutate('cancelSyncRun', { id: run })).rejects.toThrow('has already ended')
  const { changes } = await query(app.url, key, Told, { after: before })
  expect(changes.nodes).toMatchObject([{ run: 'CANCELLED', syncRunId: run, dryRun: false }])
})

/** Asks for each while nothing can be appended to the log, whereupon it fails. Gives all rows before and after that. */
async function whileLogRefuses(mutations: Readonly<Record<string, object>>) {
  const { pool } = app.db
  const tables = ['api_key', 'setup_invitation', 'mail', 'sync_run', 'directory', 'change']
  const all = tables.map((table) => `(select json_agg(x order by x::text) from ${table} x) as ${table}`)
  const state = async () => (await pool.query<object>(`select ${all.join(', ')}`)).rows[0]!
  const before = await state()
  await pool.query(`
    create or replace function refuse() returns trigger language plpgsql as $$ begin raise 'the log is full'; end $$;
    create trigger refuse before insert on change for each row execute function refuse()`)
  try {
    for (const [name, input] of Object.entries(mutations))
      await expect(mutate(name, input)).rejects.toThrow('INTERNAL_SERVER_ERROR')
    return { before, after: await state() }
  } finally {
    await pool.query('drop trigger refuse on change')
  }
}

test('what cannot be told is not done, and a link that cannot be told of is given to nobody (law 4)', async () => {
  // The key that asks is marked as used.
  await app.db.pool.query(`update api_key set last_used_at = '2100-01-01'`)
  await endRuns()
  const first = await whileLogRefuses({ resyncDirectory: { directoryId } })
  expect(first.after).toEqual(first.before)
  const apiKey = await mutate('createApiKey', { name: 'kept', scopes: ['directory:read'] })
  const invitation = await mutate('sendSetupInvitation', { organizationId: customer, email: 'it@kept.example' })
  const run = await mutate('resyncDirectory', { directoryId })
  const { before, after } = await whileLogRefuses({
    createApiKey: { name: 'not made', scopes: ['directory:read'] },
    revokeApiKey: { id: apiKey },
    updateDirectoryGuard: { directoryId, minimum: 3 },
    cancelSyncRun: { id: run },
    generatePortalLink: { organizationId: customer, intent: 'SSO' },
    sendSetupInvitation: { organizationId: customer, email: 'it@none.example' },
    revokeSetupInvitation: { id: invitation },
  })
  expect(after).toEqual(before)
})
