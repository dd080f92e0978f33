import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type { Scope } from '../auth/viewer.ts'
import { hasScope } from '../auth/viewer.ts'
import type { Json } from '../directory/objects.ts'
import type PrismaTypes from '../generated/pothos.ts'
import { getDatamodel } from '../generated/pothos.ts'
import type { Context } from './context.ts'
import type { UploadedFile } from './uploaded-file.ts'
import { ForbiddenError, tooComplex } from './errors.ts'

export interface SchemaTypes {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  AuthScopes: { scope: Scope }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: Json; Output: Json }
    File: { Input: UploadedFile; Output: never }
  }
}

/**
 * The cost limit of one operation: the number of fields it could return over all the pages it requests, where a JSON
 * value counts as several (weigh-json.ts).
 */
const COST_LIMIT = { complexity: 50_000, depth: 14, breadth: 500 }

/** Plugins and conventions, without types. `errors` precedes `scopeAuth` so that a refusal can also be a result. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, PrismaPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  prisma: {
    client: (context) => context.db.prisma,
    dmmf: getDatamodel(),
  },
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    idFieldOptions: { description: 'Its id.' },
    nodeTypeOptions: {
      description: 'An object with an id that is unique across all types. WorkOS ids are used unchanged.',
    },
    pageInfoTypeOptions: { description: 'The position of a page in its list.' },
    hasNextPageFieldOptions: { description: 'Whether entries follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether entries precede this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first entry; null on an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last entry; null on an empty page.' },
  },
  errors: { directResult: true },
  scopeAuth: {
    // Otherwise a subscription starts for any caller, and each change yields a refusal.
    authorizeOnSubscribe: true,
    authScopes: ({ viewer }) => ({ scope: (scope) => hasScope(viewer, scope) }),
    unauthorizedError: (_parent, _context, _info, result) => new ForbiddenError(scopeThatLacked(result.failure)),
  },
  // Pages declare how many entries they can have (pageCost); `nodes` and `edges` must not count them again.
  complexity: { limit: COST_LIMIT, defaultListMultiplier: 1, complexityError: tooComplex },
})

/** What the arguments of a field are made with. */
export type ArgBuilder = Parameters<NonNullable<Parameters<typeof builder.queryFields>[0]>>[0]['arg']

interface Failure {
  readonly kind: string
  readonly scope?: PropertyKey
  readonly parameter?: unknown
  readonly failures?: readonly Failure[]
}

function scopeThatLacked(failure: Failure): string | null {
  if (failure.kind === 'AuthScope') return typeof failure.parameter === 'string' ? failure.parameter : null
  return failure.failures?.map(scopeThatLacked).find((scope) => scope !== null) ?? null
}
