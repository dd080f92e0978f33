// `npm start`: production. Refuses to start without its settings and names them all at once. Plain JavaScript so that
// Node's type stripper is not loaded on this path (5 % of start-up); the other files' stripped output comes from the
// compile cache.
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

// Node 22.18 is the first that strips types by itself; `npm prune` has removed the one that npm installed.
if (!process.features.typescript) {
  process.stderr.write(`Rollcall needs Node 22.18 or newer; this is ${process.version}\n`)
  process.exit(1)
}

// Half of start-up is stripping and compiling about a thousand files. Cache the result in node_modules, which only the
// package owner can write; if that fails or NODE_DISABLE_COMPILE_CACHE is set, compile each time.
// https://nodejs.org/api/module.html#module-compile-cache
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/rollcall', import.meta.url)))

// Imported dynamically: static imports load before the first line runs.
const { resolveOnce } = await import('./start/resolve-once.ts')
resolveOnce()
const { startProduction } = await import('./start/production.ts')
await startProduction(process.env)

// By default V8 collects old garbage only once it is several times the live data: a first sync of 150,000 people, which
// creates gigabytes of it, took 600 MB for 70 in use. At half the live data it took no longer, and 400 MB. Not sooner:
// a sixth of start-up would go into looking for garbage among what has just been loaded.
setFlagsFromString('--heap-growing-percent=50')

const { giveMemoryBack } = await import('./start/give-memory-back.ts')
giveMemoryBack()
