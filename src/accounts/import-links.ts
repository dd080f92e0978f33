import { byHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { lockDirectories } from '../db/lock-directories.ts'
import { onlyRow } from '../db/only-row.ts'
import { allowLong } from '../db/transaction.ts'
import type { Administrator } from '../operations/administrator.ts'
import type {
  LinkCounts,
  LinkedRow,
  LinkImport,
  LinkImportRequest,
  LinkProblem,
  LinkProblemKind,
} from '../operations/account-operations.ts'
import { GIVEN_ID } from '../operations/given-id.ts'
import { addLinkRows, openLinkRows, type LinkRow } from './link-rows.ts'
import { lockOrganizations } from './lock-organizations.ts'
import { moveLinks } from './move-links.ts'
import { planLinks } from './plan-links.ts'
import { readLinkCsv } from './read-link-csv.ts'

/** Problems, and report rows, that an answer has at most. */
export const MAX_REPORTED = 1_000
const CHUNK = 5_000

/** A hundred thousand rows take longer than the usual statement timeout. */
const PATIENCE_MS = 120_000

/**
 * Links many identities at once, as linkUser does one after the other: all of them, or none if one cannot be. A dry run
 * reports what would become of each, without waiting for others. Events of the directories concerned wait until it is
 * done. Throws Refusal if the file cannot be read.
 */
export async function importLinks(
  tx: Tx,
  request: LinkImportRequest,
  by: Administrator,
  now: Date,
): Promise<LinkImport> {
  const { dryRun, reportAfterLine } = request
  await allowLong(tx, PATIENCE_MS)
  await openLinkRows(tx)
  await stage(tx, request)
  if (!dryRun) await lock(tx, by)
  await planLinks(tx, by)
  const { rows, problemCount, ...counts } = await count(tx)
  const imported = !dryRun && problemCount === 0
  const told = { problems: await readProblems(tx), report: await readReport(tx, reportAfterLine) }
  const settling = imported ? await moveLinks(tx, 'EXPLICIT', byHand(by, now)) : 0
  return { dryRun, imported, rows, problemCount, ...counts, ...told, settling }
}

async function stage(tx: Tx, { csv, givenAs }: LinkImportRequest): Promise<void> {
  let chunk: LinkRow[] = []
  for await (const { line, userId, directoryUserId, problem } of readLinkCsv(csv, givenAs)) {
    chunk.push({ line, identityId: directoryUserId, externalId: userId, ...(problem !== undefined && { problem }) })
    if (chunk.length === CHUNK) {
      await addLinkRows(tx, chunk)
      chunk = []
    }
  }
  await addLinkRows(tx, chunk)
}

// Of other organizations' people the import only says that they do not exist (law 8), so their directories need no
// lock.
async function lock(tx: Tx, by: Administrator): Promise<void> {
  const { rows } = await tx.query<{ directoryId: string; organizationId: string | null }>(
    `select distinct u.directory_id as "directoryId", u.organization_id as "organizationId"
     from link_row r join directory_user u on u.id = r.identity_id
     where $1::text is null or u.organization_id = $1`,
    [by.organizationId],
  )
  await lockDirectories(
    tx,
    rows.map(({ directoryId }) => directoryId),
  )
  await lockOrganizations(
    tx,
    rows.map(({ organizationId }) => organizationId),
  )
}

async function count(tx: Tx): Promise<LinkCounts & { rows: number; problemCount: number }> {
  return onlyRow(await tx.query<LinkCounts & { rows: number; problemCount: number }>(COUNT))
}

async function readReport(tx: Tx, after: number): Promise<LinkedRow[]> {
  const { rows } = await tx.query<LinkedRow>(
    `select line, external_id as "externalId", identity_id as "directoryUserId", outcome from link_row
     where problem is null and line > $1 order by line limit ${MAX_REPORTED}`,
    [after],
  )
  return rows
}

async function readProblems(tx: Tx): Promise<LinkProblem[]> {
  const { rows } = await tx.query<{ line: number; kind: LinkProblemKind; id: string; other: number | null }>(
    `select line, problem as kind, identity_id as id, other from link_row
     where problem is not null order by line limit ${MAX_REPORTED}`,
  )
  return rows.map(({ line, kind, id, other }) => ({ line, kind, message: messageOf(kind, id, other) }))
}

function messageOf(kind: LinkProblemKind, id: string, other: number | null): string {
  switch (kind) {
    case 'MALFORMED':
      return 'is not a CSV row with a directory_user_id'
    case 'INVALID_USER_ID':
      return `user_id: ${GIVEN_ID}`
    case 'UNKNOWN_DIRECTORY_USER':
      return `There is no directory user ${id}`
    case 'UNKNOWN_USER':
      return `There is no such user in the organization of ${id}`
    case 'UNKNOWN_ORGANIZATION':
      return `The organization of ${id} is not known yet`
    case 'REPEATED':
      return `${id} is already on line ${other}`
    case 'OTHER_AUTHKIT_USER':
      return `The account of ${id} and the other account have different AuthKit users`
  }
}

// Accounts that are active now and will not be: no identity will be active, or one will come from an account that a
// person has disabled. Includes accounts that lose an identity.
const DEACTIVATED = `
  with fine as materialized (
    select identity_id, target_id, present_id from link_row where problem is null
  ), touched as (
    select target_id as id from fine union select present_id from fine
  ), afterwards as (
    select r.target_id as id, u.state from fine r join directory_user u on u.id = r.identity_id
    union all
    select t.id, u.state from touched t join directory_user u on u.account_id = t.id left join fine r on r.identity_id = u.id
    where r.identity_id is null
  )
  select count(*) from account a join (
    select id, bool_or(state = 'ACTIVE') as active from afterwards group by id
  ) t on t.id = a.id
  where a.state = 'ACTIVE' and (
    not t.active
    or a.id in (select r.target_id from fine r join account p on p.id = r.present_id
                where p.id <> r.target_id and p.disabled_at is not null and not p.kept_out))`

const COUNT = `
  select count(*) as rows, count(problem) as "problemCount",
         count(*) filter (where problem is null and outcome = 'LINKED') as linked,
         count(*) filter (where problem is null and outcome = 'NAMED') as named,
         count(*) filter (where problem is null and outcome = 'CREATED') as created,
         count(*) filter (where problem is null and outcome = 'UNCHANGED') as unchanged,
         count(*) filter (where problem is null and gone) as deleted,
         (${DEACTIVATED}) as deactivated
  from link_row`
