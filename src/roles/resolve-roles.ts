import type { Queryable } from '../db/database.ts'
import { invalid, type Issue } from '../operations/refusal.ts'
import type { NamedRole } from '../operations/role-mappings.ts'

interface Found extends NamedRole {
  readonly organizationId: string | null
}

/**
 * Resolves ids or slugs to roles that may be used within an organization, or everywhere if it is null: the global ones
 * and the organization's own, which win if a slug is both. Throws Refusal with the path to each that is not a role.
 */
export async function resolveRoles(
  db: Queryable,
  organizationId: string | null,
  names: readonly string[],
  pathTo: (index: number) => readonly string[],
): Promise<NamedRole[]> {
  const { rows } = await db.query<Found>(FIND, [names, organizationId])
  const issues: Issue[] = []
  const roles = new Map<string, NamedRole>()
  for (const [index, name] of names.entries()) {
    const fitting = rows.filter(({ id, slug }) => id === name || slug === name)
    const role = fitting.find((one) => one.organizationId !== null) ?? fitting[0]
    if (role === undefined) issues.push({ path: pathTo(index), message: `${name} is not a role that can be used here` })
    else roles.set(role.id, { id: role.id, slug: role.slug })
  }
  if (issues.length > 0) throw invalid(...issues)
  return [...roles.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

const FIND = `
  select id, slug, organization_id as "organizationId" from role
  where deleted_at is null and (id = any($1::text[]) or slug = any($1::text[]))
    and (organization_id is null or organization_id = $2)`
