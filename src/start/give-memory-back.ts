import { Script } from 'node:vm'

const EVERY_MS = 2_000

/**
 * Makes V8 return memory after a burst. V8 does this when allocation is low, but without recently created embedder
 * objects it cannot tell, and keeps waiting (`ComputeMutatorUtilization` in
 * https://github.com/v8/v8/blob/main/src/heap/heap.cc; `--trace-mutator-utilization` shows it). A tiny `Script` is such
 * an object.
 */
export function giveMemoryBack(): void {
  setInterval(() => new Script(''), EVERY_MS).unref()
}
