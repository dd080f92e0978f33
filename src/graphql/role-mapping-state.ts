import type { MappingState } from '../directory/role-mappings.ts'
import { builder } from './builder.ts'
import { Directory } from './directory.ts'
import { Organization } from './organization.ts'
import { GroupMatchKind } from './role-mapping.ts'
import { Role } from './role.ts'

/** A mapping as it was or would be: it need not be there. */
export const RoleMappingState = builder.objectRef<MappingState>('RoleMappingState').implement({
  description: 'A role mapping as it was at some time, or as somebody wants it.',
  fields: (t) => ({
    mappingId: t.id({
      description: "The mapping's id, also where there is none of it any more, or yet.",
      resolve: ({ id }) => id,
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization in which it holds; null where it holds in every one.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The one directory in which it holds; null where it holds in every one of its organization.',
      resolve: ({ directoryId }, _args, { loaders }) =>
        directoryId === null ? null : loaders.directory.load(directoryId),
    }),
    match: t.expose('match', { type: GroupMatchKind, description: 'What it looks at.' }),
    value: t.exposeString('value', { description: 'What it looks for.' }),
    attribute: t.exposeString('attribute', {
      nullable: true,
      description: 'The attribute that is compared, for ATTRIBUTE_EQUALS.',
    }),
    roles: t.field({
      type: [Role],
      description: 'Those of its roles that there still are.',
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
