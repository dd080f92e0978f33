import type { Tx } from '../db/database.ts'
import { onRows } from '../db/recordset.ts'
import { foldedNames } from '../directory/folded-names.ts'

/** An account to insert. */
export interface NewAccount {
  readonly id: string
  readonly organizationId: string | null
  readonly externalId?: string | null
  readonly workosUserId?: string | null
  readonly email: string | null
  readonly emailVerified?: boolean
  readonly firstName: string | null
  readonly lastName: string | null
  readonly active: boolean
  /** Whether it is created for an identity, whose names and address it then follows. */
  readonly provisioned: boolean
}

export async function insertAccounts(tx: Tx, accounts: readonly NewAccount[]): Promise<void> {
  if (accounts.length === 0) return
  const rows = accounts.map((account) => ({
    id: account.id,
    organization_id: account.organizationId,
    external_id: account.externalId ?? null,
    workos_user_id: account.workosUserId ?? null,
    email: account.email,
    email_verified: account.emailVerified ?? false,
    first_name: account.firstName,
    last_name: account.lastName,
    state: account.active ? 'ACTIVE' : 'INACTIVE',
    provisioned: account.provisioned,
    ...foldedNames(account),
  }))
  await tx.query(INSERT(rows))
}

const COLUMNS = {
  id: 'text',
  organization_id: 'text',
  external_id: 'text',
  workos_user_id: 'text',
  email: 'text',
  email_verified: 'boolean',
  first_name: 'text',
  last_name: 'text',
  state: '"UserState"',
  provisioned: 'boolean',
  sort_name: 'text',
  sort_email: 'text',
  search_text: 'text',
} as const
const LISTED = Object.keys(COLUMNS).join(', ')

const INSERT = onRows({
  name: 'insert-accounts',
  columns: COLUMNS,
  text: (rows) => `
    insert into account (${LISTED}, deactivated_at)
    select ${LISTED}, case state when 'INACTIVE' then now() end from ${rows}`,
})
