// Requested links, one per row, in a temporary table of the connection, so that a hundred thousand of them are planned
// and carried out like one. It is empty again when the transaction ends.
import type { Tx } from '../db/database.ts'
import type { LinkProblemKind } from '../operations/account-operations.ts'

export interface LinkRow {
  /** Rows take effect in the order of lines, as if one after the other. */
  readonly line: number
  readonly identityId: string
  /** The application's own id of the account that the identity is to belong to. */
  readonly externalId?: string
  /** Our own id of that account. */
  readonly targetId?: string
  /** What is wrong with it before the mirror is consulted. */
  readonly problem?: LinkProblemKind
}

/** Starts with no rows. */
export async function openLinkRows(tx: Tx): Promise<void> {
  await tx.query(OPEN)
}

export async function addLinkRows(tx: Tx, rows: readonly LinkRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.query({
    name: 'add-link-rows',
    text: `insert into link_row (line, identity_id, external_id, target_id, problem)
           select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[])`,
    values: [
      rows.map(({ line }) => line),
      rows.map(({ identityId }) => identityId),
      rows.map(({ externalId }) => externalId ?? null),
      rows.map(({ targetId }) => targetId ?? null),
      rows.map(({ problem }) => problem ?? null),
    ],
  })
}

// present_id: the account that the identity belongs to. other: the line that has the same identity. The rest are set on
// the first row of each account that loses identities. gone: whether the account itself goes away. lost: which
// identities it had. ended: whether it was active until it went. authkit_user: the AuthKit user it was and that row's
// account is from now on.
const OPEN = `
  create temp table if not exists link_row (
    line int not null,
    identity_id text collate "C" not null,
    external_id text collate "C",
    target_id text collate "C",
    present_id text collate "C",
    directory_id text collate "C",
    organization_id text collate "C",
    outcome text,
    problem text,
    other int,
    gone boolean not null default false,
    ended boolean not null default false,
    kept_out boolean not null default false,
    authkit_user text collate "C",
    lost text[]
  ) on commit delete rows`
