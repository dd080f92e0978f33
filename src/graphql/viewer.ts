import type { Viewer as Shape } from '../auth/viewer.ts'
import { builder } from './builder.ts'
import { Organization } from './organization.ts'

const ViewerKind = builder.enumType('ViewerKind', {
  description: 'What a viewer has shown.',
  values: {
    API_KEY: { description: 'An API key of Rollcall.' },
    USER: { description: 'An access token of AuthKit.' },
    ANONYMOUS: { description: 'Nothing: development on this machine only.' },
  } as const,
})

const Viewer = builder.objectRef<Shape>('Viewer').implement({
  description: 'Who is asking.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ViewerKind, description: 'What they have shown.' }),
    id: t.exposeID('id', { description: "The API key's id, or AuthKit's user id." }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization that they see; null where they see all, and while nothing is known of it.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    scopes: t.exposeStringList('scopes', {
      description: 'What they may do: scopes of an API key, permissions of an access token.',
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    skipTypeScopes: true,
    description: 'Who you are, and what you may do.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
