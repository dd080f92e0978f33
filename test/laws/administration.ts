// What administrators do while a history happens: to roles, to mappings, to accounts, and by hand.
import fc from 'fast-check'
import type { Queryable } from '../../src/db/database.ts'
import { Refusal } from '../../src/operations/refusal.ts'
import type { MappingInput } from '../../src/operations/role-mappings.ts'
import type { AccountOperations } from '../../src/operations/account-operations.ts'
import type { RoleOperations } from '../../src/operations/role-operations.ts'

const what = fc.oneof(
  ...Object.entries({
    'make role': 2,
    'delete role': 1,
    'make mapping': 12,
    'change mapping': 4,
    'delete mapping': 2,
    grant: 4,
    revoke: 2,
  } as const).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) })),
)

// The names, attributes and slugs that histories use.
const look: fc.Arbitrary<Pick<MappingInput, 'match' | 'value' | 'attribute'>> = fc.oneof(
  fc.record({
    match: fc.constant('NAME_EQUALS' as const),
    value: fc.constantFrom('Developers', 'Platform', 'Ops', 'ops'),
  }),
  fc.record({ match: fc.constant('NAME_PREFIX' as const), value: fc.constantFrom('P', 'Dev', 'O') }),
  fc.record({ match: fc.constant('NAME_REGEX' as const), value: fc.constantFrom('^(Dev|Ops)', 's$', '(?i)OPS', '.') }),
  fc.record({
    match: fc.constant('ATTRIBUTE_EQUALS' as const),
    attribute: fc.constantFrom('department', 'username'),
    value: fc.constantFrom('Engineering', 'mapped', '7'),
  }),
)

const slugs = ['admin', 'member', 'ops'] as const

const details = {
  slug: fc.constantFrom(...slugs),
  owner: fc.constantFrom(null, 'org_a', 'org_b'),
  look,
  /** Of the global ones; the third belongs to org_a only. */
  roles: fc.subarray(['admin', 'member'], { minLength: 1 }),
  /** Which of the existing ones. */
  nth: fc.nat({ max: 9 }),
  /** In one directory, or in all. */
  directory: fc.constantFrom(null, null, 0, 1),
}

/** On roles, mappings and grants by hand. */
export const act = fc.record({ what, ...details })

const toAccounts = fc.constantFrom('link', 'link', 'link', 'unlink', 'unlink', 'disable', 'enable')

/** On accounts too. */
export const anyAct = fc.oneof({ weight: 27, arbitrary: act }, { weight: 7, arbitrary: fc.record({ what: toAccounts, ...details }) }) // oxfmt-ignore
export type Act = typeof anyAct extends fc.Arbitrary<infer Value> ? Value : never

export interface Place {
  readonly roles: RoleOperations
  readonly accounts: AccountOperations
  readonly db: Queryable
  readonly directoryIds: readonly string[]
}

/** Carries out an act; refusals are ignored. Throws anything else that goes wrong. */
export async function carryOut(place: Place, one: Act): Promise<void> {
  try {
    await attempt(place, one)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

async function attempt({ roles: operations, accounts, db, directoryIds }: Place, one: Act): Promise<void> {
  const by = { actor: 'api_key_test', organizationId: null }
  const { slug, owner: organizationId, look: looked, nth, directory } = one
  const roles = organizationId === 'org_a' && directory === null ? [...one.roles, slug] : one.roles
  const pick = async (text: string): Promise<string | undefined> => {
    const { rows } = await db.query<{ id: string }>(`${text} order by 1`)
    return rows.length === 0 ? undefined : rows[nth % rows.length]!.id
  }
  const directoryId = directory === null ? null : directoryIds[directory]!
  switch (one.what) {
    case 'make role':
      await operations.createRole(by, { slug, name: slug, description: null, organizationId, protected: false })
      return
    case 'delete role': {
      const id = await pick('select id from role where deleted_at is null')
      if (id !== undefined) await operations.deleteRole(by, { id, confirm: true })
      return
    }
    case 'make mapping':
      await operations.createMapping(by, { ...looked, organizationId: directory === null ? organizationId : null, directoryId, roles }) // oxfmt-ignore
      return
    case 'change mapping': {
      const id = await pick('select id from role_mapping')
      if (id !== undefined) await operations.updateMapping(by, { id, ...looked, roles })
      return
    }
    case 'delete mapping': {
      const id = await pick('select id from role_mapping')
      if (id !== undefined) await operations.deleteMapping(by, { id, confirm: true })
      return
    }
    case 'grant':
    case 'revoke': {
      const accountId = await pick('select id from account')
      if (accountId === undefined) return
      const grant = { accountId, role: slug, reason: null }
      await (one.what === 'grant' ? operations.grantRole(by, grant) : operations.revokeRole(by, grant))
      return
    }
    case 'link': {
      // Grants by hand would move too, and the log of a grant names only the account that it was given to.
      const directoryUserId = await pick(
        `select id from directory_user u where account_id is not null and not exists (
           select from role_grant g where g.account_id = u.account_id and g.kind = 'DIRECT')`,
      )
      const userId = await pick(`select id from account where state <> 'DELETED'`)
      if (directoryUserId === undefined || userId === undefined) return
      await accounts.link({ directoryUserId, userId, externalId: null, workosUserId: null }, by)
      return
    }
    case 'unlink': {
      const id = await pick('select id from directory_user where account_id is not null')
      if (id !== undefined) await accounts.unlink(id, by)
      return
    }
    case 'disable':
    case 'enable': {
      const id = await pick(`select id from account where state <> 'DELETED'`)
      if (id !== undefined) await accounts[one.what](id, 'tried', by)
    }
  }
}
