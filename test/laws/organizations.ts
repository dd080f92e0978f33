// Two organizations whose worlds differ only in their ids, and a directory without an organization.
import { graphql } from '../../src/generated/operations/index.ts'
import { companyEvents, deliverInTurns } from '../graphql/company.ts'
import { makeAccess, type CompanyAccess } from '../graphql/company-access.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { query } from '../support/client.ts'

export const mine = companyEvents('alpha')
export const theirs = companyEvents('bravo')
// Nobody bound to an organization may know of a directory whose organization WorkOS has not told us.
export const nobodys = companyEvents('bravado', { organization: false })
/** What nobody of the first may see. */
export const FOREIGN = /bravo|bravado/
export type World = typeof mine

export interface Organizations {
  readonly app: TestApp
  /** The secrets of a viewer of each organization, and of one who sees all. */
  readonly key: string
  readonly theirKey: string
  readonly everyKey: string
  /** The ids of these keys. */
  readonly keyIds: { readonly mine: string; readonly theirs: string; readonly every: string }
  readonly access: { readonly mine: CompanyAccess; readonly theirs: CompanyAccess; readonly nobodys: CompanyAccess }
}

export async function startOrganizations(options: TestAppOptions = {}): Promise<Organizations> {
  const app = await startTestApp(options)
  await deliverInTurns(app, mine, theirs, nobodys)
  // Each has a run queued since its directory was connected, and one that has ended.
  await app.db.pool.query(`update sync_run set id = 'sync_run_' || substr(directory_id, 11)`)
  await app.db.pool.query(
    `insert into sync_run (id, directory_id, kind, state, dry_run, requested_by, finished_at)
     select id || '_done', directory_id, 'RESYNC', 'FAILED', true, 'test', now() from sync_run`,
  )
  await makeEndpoints(app)
  // Each was invited, with a mail that has been sent.
  await app.db.pool.query(
    `insert into mail (id, kind, key, recipient, subject, status, finished_at)
     select 'mail' || substr(id, 4), 'SETUP_INVITATION', id, 'it@' || substr(id, 5) || '.example', 'Setup', 'SENT', '2026-06-25'
     from organization`,
  )
  await app.db.pool.query(
    `insert into setup_invitation (id, organization_id, email, intent, token_hash, mail_id, created_by, created_at, expires_at)
     select 'setup_invitation' || substr(id, 4), id, 'it@' || substr(id, 5) || '.example', 'DSYNC', id::bytea,
            'mail' || substr(id, 4), 'test', '2026-06-25', '2026-07-25' from organization`,
  )
  const key = await app.key('org_alpha')
  const theirKey = await app.key('org_bravo')
  const everyKey = await app.key(null)
  const idOf = async (organizationId: string | null) =>
    (await app.db.prisma.apiKey.findFirstOrThrow({ where: { organizationId } })).id
  const keyIds = { mine: await idOf('org_alpha'), theirs: await idOf('org_bravo'), every: await idOf(null) }
  // Each has its own attribute mapping, and a change that records it.
  for (const { company } of [mine, theirs, nobodys]) {
    await query(app.url, everyKey, Remap, { directoryId: company.directoryId })
  }
  // Each was also administered in other ways.
  for (const { company } of [mine, theirs]) {
    const { directoryId, organizationId } = company
    await query(app.url, everyKey, Administer, {
      directoryId,
      organizationId,
      runId: runOf(directoryId),
      invitationId: invitationOf(organizationId),
    })
  }
  // Each has roles, and all share one.
  await query(app.url, everyKey, Everyone)
  const access = {
    mine: await makeAccess(app, everyKey, mine.company, 'alpha'),
    theirs: await makeAccess(app, everyKey, theirs.company, 'bravo'),
    nobodys: await makeAccess(app, everyKey, nobodys.company, 'bravado'),
  }
  // So that using a key does not change it: answers are compared.
  await app.db.prisma.apiKey.updateMany({ data: { lastUsedAt: new Date('2100-01-01') } })
  return { app, key, theirKey, everyKey, keyIds, access }
}

/** Gives each organization, and all together, a webhook endpoint with one pending message and one dead one. */
async function makeEndpoints(app: TestApp): Promise<void> {
  await app.db.pool.query(`insert into organization (id) select unnest($1::text[]) on conflict do nothing`, [
    ['org_alpha', 'org_bravo'],
  ])
  await app.db.pool.query(
    `insert into webhook_endpoint (id, organization_id, url, description, kinds, secrets, cursor, created_by, created_at, updated_at)
     select 'webhook_endpoint_' || name, organization_id, 'https://hooks.example/' || name, name, '{}', '[{"secret": "whsec_bravo"}]',
            0, name, now(), now()
     from (values ('alpha', 'org_alpha'), ('bravo', 'org_bravo'), ('bravado', null)) e (name, organization_id)`,
  )
  await app.db.pool.query(
    `insert into webhook_delivery (id, endpoint_id, type, ordering_key, body, status, created_at, queued_at)
     select 'msg_' || substr(e.id, 18) || n, e.id, 'test', n, json_build_object('data', e.id), status::"WebhookDeliveryStatus", now(), now()
     from webhook_endpoint e, (values (1, 'PENDING'), (2, 'DEAD')) d (n, status)`,
  )
}
export const endpointOf = ({ directoryId }: World['company']) => directoryId.replace('directory_', 'webhook_endpoint_')
export const messageOf = ({ directoryId }: World['company']) => `${directoryId.replace('directory_', 'msg_')}2`
export const runOf = (directoryId: string) => directoryId.replace('directory_', 'sync_run_')
export const invitationOf = (organizationId: string) => organizationId.replace('org_', 'setup_invitation_')
const Remap = graphql(`
  mutation TenancyRemap($directoryId: ID!) {
    updateAttributeMapping(input: { directoryId: $directoryId, attribute: "division", pointers: ["/idp_id"] }) {
      ... on AttributeMappingUpdate {
        changedUsers
      }
    }
  }
`)

const Administer = graphql(`
  mutation TenancyAdminister($directoryId: ID!, $organizationId: ID!, $runId: ID!, $invitationId: ID!) {
    createApiKey(input: { name: "told", scopes: ["directory:read"], organizationId: $organizationId }) {
      __typename
    }
    updateDirectoryGuard(input: { directoryId: $directoryId, minimum: 7 }) {
      __typename
    }
    cancelSyncRun(input: { id: $runId }) {
      __typename
    }
    revokeSetupInvitation(input: { id: $invitationId }) {
      __typename
    }
  }
`)

const Everyone = graphql(`
  mutation TenancyEveryone {
    createRole(input: { slug: "everyone", name: "Everyone" }) {
      __typename
    }
  }
`)

/** Deletes everything of the other organization, and of the directory without one. */
export async function forget({ app, access }: Organizations, name: string): Promise<void> {
  const like = [`%\\_${name}%`]
  const { theirs: one, nobodys: other } = access
  const { rows } = await app.db.pool.query<{ id: string }>(
    'select distinct account_id as id from directory_user where directory_id like $1',
    like,
  )
  const accounts = rows.map(({ id }) => id)
  await app.db.pool.query('delete from role_mapping_plan where id = any($1)', [[one.planId, other.planId]])
  await app.db.pool.query('delete from role_grant where account_id = any($1)', [accounts])
  await app.db.pool.query('delete from role_mapping where id = any($1)', [[one.mappingId, other.mappingId]])
  await app.db.pool.query('delete from role where id = $1', [one.roleId])
  for (const table of ['sync_run', 'change', 'inbox_event', 'membership', 'directory_user', 'directory_group']) {
    await app.db.pool.query(`delete from ${table} where directory_id like $1`, like)
  }
  await app.db.pool.query('delete from change where organization_id like $1', like)
  await app.db.pool.query('delete from account where id = any($1)', [accounts])
  await app.db.pool.query('delete from directory where id like $1', like)
  await app.db.pool.query('delete from webhook_delivery where endpoint_id like $1', like)
  await app.db.pool.query('delete from webhook_endpoint where id like $1', like)
  await app.db.pool.query('delete from setup_invitation where organization_id like $1', like)
  await app.db.pool.query('delete from api_key where organization_id like $1', like)
  await app.db.pool.query('delete from organization where id like $1', like)
}
