import type { z } from 'zod'

/**
 * A value without the properties that a schema could not read, `depth` names deep; null if one of them is needed. For
 * what ends a user's access: no spelling of a name may keep that from being applied (law 6).
 */
export function readableOf(
  value: unknown,
  { issues }: z.ZodError,
  depth: 1 | 2,
  isNeeded: (path: readonly PropertyKey[]) => boolean,
): unknown {
  const rest = structuredClone(value)
  for (const { path } of issues) {
    const name = path[depth - 1]
    if (typeof name !== 'string' || isNeeded(path.slice(0, depth))) return null
    const owner = depth === 1 ? rest : (rest as Record<string, unknown>)[path[0] as string]
    delete (owner as Record<string, unknown>)[name]
  }
  return rest
}

/** What is wrong with up to five fields, by their paths below `within` and without their values. */
export function wrongIn(within: readonly string[], { issues }: z.ZodError): string {
  const wrong = issues.map(({ path, message }) => `${[...within, ...path].join('.')}: ${message}`)
  return wrong.slice(0, 5).join('; ').slice(0, 1000)
}
