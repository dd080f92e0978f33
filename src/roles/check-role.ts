import { invalid, type Issue } from '../directory/refusal.ts'
import type { RoleUpdate } from '../directory/role-administration.ts'

const LONGEST = { slug: 100, name: 100, description: 1_000 }
/** Also what tells a slug from an id: ids have capitals. */
const SLUG = /^[a-z0-9_.:-]+$/

/** Throws Refusal for what a role cannot be. What is absent is not looked at. */
export function checkRole({ slug, name, description }: Omit<RoleUpdate, 'id' | 'protected'>): void {
  const issues: Issue[] = []
  if (slug !== undefined && (slug.length > LONGEST.slug || !SLUG.test(slug)))
    issues.push({ path: ['slug'], message: `must be 1 to ${LONGEST.slug} of the characters a-z, 0-9, - _ . and :` })
  if (name !== undefined && (name.trim().length < 1 || name.length > LONGEST.name))
    issues.push({ path: ['name'], message: `must have 1 to ${LONGEST.name} characters` })
  if ((description ?? '').length > LONGEST.description)
    issues.push({ path: ['description'], message: `must have ${LONGEST.description} characters at the most` })
  if (issues.length > 0) throw invalid(...issues)
}
