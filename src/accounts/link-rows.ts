// Links that are wanted, one a row: in a temporary table of the connection, so that a hundred thousand of them are
// planned and carried out as one is. It is empty again when the transaction ends.
import type { Tx } from '../db/database.ts'
import type { LinkProblemKind } from '../directory/account-operations.ts'

export interface LinkRow {
  /** In the order of lines they take effect, as if one came after the other. */
  readonly line: number
  readonly identityId: string
  /** The application's own id of the account that the identity is to belong to. */
  readonly externalId?: string
  /** Our own id of it. */
  readonly targetId?: string
  /** What is wrong with it before anybody has looked at the mirror. */
  readonly problem?: LinkProblemKind
}

/** Begins with no rows. */
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

// present_id: the account that the identity belongs to. other: the line that has the same identity. gone, lost: on the
// first row of each account that loses identities, whether it goes away itself, and which identities it had. ended:
// there too, whether it was let in until it went. authkit_user: there too, which user of AuthKit it was whom the
// account of that row is from now on.
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
