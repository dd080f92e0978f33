import type { Viewer as Shape } from '../auth/viewer.ts'
import { builder } from './builder.ts'
import { Organization } from './organization.ts'

const ViewerKind = builder.enumType('ViewerKind', {
  description: "The kind of a viewer's credential.",
  values: {
    API_KEY: { description: 'A Rollcall API key.' },
    USER: { description: 'An AuthKit access token.' },
    ANONYMOUS: { description: 'None: only for development on this machine.' },
  } as const,
})

const Viewer = builder.objectRef<Shape>('Viewer').implement({
  description: 'Who is making the request.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ViewerKind, description: 'The kind of credential.' }),
    id: t.exposeID('id', { description: 'The id of the API key or AuthKit user.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The one organization they can see; null if they can see all, or while it is unknown here.',
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
    description: 'Who you are and what you may do.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
