import { invalid, type Issue } from '../operations/refusal.ts'
import type { RoleUpdate } from '../operations/role-operations.ts'

const LONGEST = { slug: 100, name: 100, description: 1_000 }
/** This also distinguishes slugs from ids, which have capitals. */
const SLUG = /^[a-z0-9_.:-]+$/

/** Throws Refusal for invalid fields. Absent ones are not checked. */
export function checkRole({ slug, name, description }: Omit<RoleUpdate, 'id' | 'protected'>): void {
  const issues: Issue[] = []
  if (slug !== undefined && (slug.length > LONGEST.slug || !SLUG.test(slug)))
    issues.push({ path: ['slug'], message: `must be 1 to ${LONGEST.slug} of the characters a-z, 0-9, - _ . and :` })
  if (name !== undefined && (name.trim().length < 1 || name.length > LONGEST.name))
    issues.push({ path: ['name'], message: `must have 1 to ${LONGEST.name} characters` })
  if ((description ?? '').length > LONGEST.description)
    issues.push({
      path: ['description'],
      message: `must have at most ${LONGEST.description.toLocaleString('en')} characters`,
    })
  if (issues.length > 0) throw invalid(...issues)
}
