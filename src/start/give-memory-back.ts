import { Script } from 'node:vm'

const EVERY_MS = 2_000

/**
 * Has V8 give back what a rush has left. It does so by itself once little is allocated, but where no object of Node's
 * own was made for a while, it takes that for not knowing how many are, and waits on (`ComputeMutatorUtilization` in
 * https://github.com/v8/v8/blob/main/src/heap/heap.cc; `--trace-mutator-utilization` shows it). A script is such an
 * object, and a small one.
 */
export function giveMemoryBack(): void {
  setInterval(() => new Script(''), EVERY_MS).unref()
}
