import type { MappingState } from '../operations/role-mappings.ts'
import { builder } from './builder.ts'
import { Directory } from './directory.ts'
import { Organization } from './organization.ts'
import { GroupMatchKind } from './role-mapping.ts'
import { Role } from './role.ts'

/** A mapping as it was or would be; it need not exist. */
export const RoleMappingState = builder.objectRef<MappingState>('RoleMappingState').implement({
  description: 'A role mapping as it was at some time, or as planned.',
  fields: (t) => ({
    mappingId: t.id({
      description: "The mapping's id, even if it no longer exists, or does not exist yet.",
      resolve: ({ id }) => id,
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization it applies to; null for all.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The one directory it applies to; null for all directories of its organization.',
      resolve: ({ directoryId }, _args, { loaders }) =>
        directoryId === null ? null : loaders.directory.load(directoryId),
    }),
    match: t.expose('match', { type: GroupMatchKind, description: 'What it matches against.' }),
    value: t.exposeString('value', { description: 'What it matches.' }),
    attribute: t.exposeString('attribute', {
      nullable: true,
      description: 'The attribute it compares, for ATTRIBUTE_EQUALS.',
    }),
    roles: t.field({
      type: [Role],
      description: 'Its roles that still exist.',
      complexity: { field: 1, multiplier: 3 },
      resolve: async ({ roles }, _args, { loaders }) => {
        const found = await Promise.all(roles.map(({ id }) => loaders.role.load(id)))
        return found.filter((role) => role !== null)
      },
    }),
    roleSlugs: t.stringList({
      description: 'The slugs that its roles had then.',
      resolve: ({ roles }) => roles.map(({ slug }) => slug),
    }),
  }),
})
