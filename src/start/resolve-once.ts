import { registerHooks, type ResolveFnOutput } from 'node:module'

// The folder of the package that a file is of. Files of ours are of none.
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//

/**
 * From now on, what files of one package import by the same name is looked for once, and what they import by a path is
 * not looked for: as it stands it is an address (https://nodejs.org/api/esm.html#resolution-algorithm-specification),
 * and one where nothing is cannot be read. Node does both for each import of each file: a start asks ten thousand times
 * what there is, two thousand of them for `graphql` alone.
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
