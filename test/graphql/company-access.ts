// Roles, mappings, reasons and a plan of one organization's world, made by its administrator.
import type { TestApp } from '../support/app.ts'
import { administrator, done } from '../roles/administration.ts'
import type { Company } from './company.ts'

/** The ids of what access consists of. */
export interface CompanyAccess {
  readonly accountIds: readonly string[]
  /** Null where the directory is of no organization: roles are of one, or of all. */
  readonly roleId: string | null
  readonly mappingId: string
  readonly planId: string
}

/** The world's staff has a role by a mapping, one of them also by hand; a plan would take the mapping away. */
export async function makeAccess(app: TestApp, key: string, company: Company, name: string): Promise<CompanyAccess> {
  const admin = administrator(app, key)
  const { rows } = await app.db.pool.query<{ organization: string | null; accounts: string[] }>(
    `select organization_id as organization, array_agg(account_id order by id) as accounts
     from directory_user where directory_id = $1 and account_id is not null group by 1`,
    [company.directoryId],
  )
  const { organization: organizationId, accounts: accountIds } = rows[0]!
  const role =
    organizationId === null
      ? null
      : done(await admin.createRole({ slug: 'baker', name: `Baker of ${name}`, organizationId }))
  const mapping = done(
    await admin.createMapping({
      match: 'GROUP_ID',
      value: company.groupIds[0]!,
      directoryId: company.directoryId,
      roles: [role?.id ?? 'everyone'],
    }),
  )
  for (const userId of accountIds) done(await admin.grant({ userId, role: 'everyone', reason: `granted in ${name}` }))
  const plan = done(await admin.plan({ delete: [mapping.id] }))
  // A walk plans too, and of one who plans the newest plans are kept.
  await app.db.prisma.roleMappingPlan.update({ where: { id: plan.id }, data: { createdBy: name } })
  return { accountIds, roleId: role?.id ?? null, mappingId: mapping.id, planId: plan.id }
}
