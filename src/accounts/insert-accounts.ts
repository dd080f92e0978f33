import type { Tx } from '../db/database.ts'
import { foldedNames } from '../directory/folded-names.ts'

/** An account to be made. */
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
  /** Whether it is made for an identity, whose names and address it then follows. */
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
  await tx.query({ name: 'insert-accounts', text: INSERT, values: [JSON.stringify(rows)] })
}

const COLUMNS = `
  id, organization_id, external_id, workos_user_id, email, email_verified, first_name, last_name, state, provisioned,
  sort_name, sort_email, search_text`

const INSERT = `
  insert into account (${COLUMNS}, deactivated_at)
  select ${COLUMNS}, case state when 'INACTIVE' then now() end from json_populate_recordset(null::account, $1)`
