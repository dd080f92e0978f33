import type { Provider as Shape } from '../directory/providers.ts'
import { builder } from './builder.ts'

const ProviderProtocol = builder.enumType('ProviderProtocol', {
  description: 'How WorkOS learns the contents of a directory.',
  values: {
    SCIM: { description: 'The provider pushes each change by SCIM 2.0.' },
    API: { description: "WorkOS polls the provider's API." },
    FILE: { description: 'A file is uploaded.' },
    UNKNOWN: { description: 'The type is not one that Rollcall knows.' },
  } as const,
})

export const Provider = builder.objectRef<Shape>('Provider').implement({
  description: "What a directory's `type` means.",
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'A short name, such as `okta`; `unknown` for a type that Rollcall does not know.',
    }),
    name: t.exposeString('name', { description: 'A display name, such as `Microsoft Entra ID`.' }),
    protocol: t.expose('protocol', { type: ProviderProtocol, description: 'How changes reach WorkOS.' }),
    typicalLatencyMinutes: t.exposeInt('typicalLatencyMinutes', {
      nullable: true,
      description:
        'How long a change at the provider usually takes to reach WorkOS; 0 means immediately, null unknown.',
    }),
  }),
})
