import { registerHooks, type ResolveFnOutput } from 'node:module'

// The folder of the package that a file belongs to. Our own files have none.
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//

/**
 * Caches module resolution: a bare specifier is resolved once per package, and a relative one skips the file-existence
 * check, since it already is an address (https://nodejs.org/api/esm.html#resolution-algorithm-specification) and
 * reading a missing file fails anyway. Node does both for each import of each file: a start checks ten thousand times,
 * two thousand of them for `graphql` alone.
 */
export function resolveOnce(): void {
  const known = new Map<string, ResolveFnOutput>()
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL, conditions } = context
      const isImport = parentURL?.startsWith('file:') === true && conditions.includes('import')
      if (!isImport || /^[/#]/.test(specifier)) return next(specifier, context)
      if (/^\.\.?\//.test(specifier)) return { url: new URL(specifier, parentURL).href, shortCircuit: true }
      const key = `${PACKAGE.exec(parentURL)?.[0]} ${specifier}`
      const found = known.get(key) ?? { ...next(specifier, context), shortCircuit: true }
      known.set(key, found)
      return found
    },
  })
}
