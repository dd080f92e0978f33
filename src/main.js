// npm start: production. Refuses to start without its settings, and names them all at once. No TypeScript, alone of all
// files: what takes types away would be loaded for it, which is a twentieth of a start, and what that gives is kept of
// the others.
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// Node 22.18 is the first that takes types away by itself; `npm prune` has removed the one that npm brought.
if (!process.features.typescript) {
  process.stderr.write(`Rollcall needs Node 22.18 or newer to run, and this is ${process.version}\n`)
  process.exit(1)
}

// Half of a start goes into taking the types from a thousand files and compiling them. What a start has compiled, its
// end leaves there for the next one: beside the packages, which it is of, where nobody else may write. Where this
// process may not either, or NODE_DISABLE_COMPILE_CACHE is set, it compiles each time.
// https://nodejs.org/api/module.html#module-compile-cache
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/rollcall', import.meta.url)))

// Not before: imports are loaded before the first line runs.
const { resolveOnce } = await import('./start/resolve-once.ts')
resolveOnce()
const { startProduction } = await import('./start/production.ts')
await startProduction(process.env)

// Left to itself, V8 collects old garbage only when it is several times what lives: a first sync of 150,000 people,
// which makes gigabytes of it, took 600 MB for 70 that were in use. At half of what lives it took no longer, and 400.
// Not sooner: a sixth of a start would go into looking for garbage among what has just been loaded.
setFlagsFromString('--heap-growing-percent=50')

const { giveMemoryBack } = await import('./start/give-memory-back.ts')
giveMemoryBack()
