import type { ExecutionResult } from 'graphql'
import type { Feed, Lease } from '../changes/feed.ts'
import { startResultGroup, type Member, type ResultGroup } from './result-group.ts'
import { resumed, type Results, type SharedOperation } from './shared-operation.ts'

/** Executes equal subscriptions once for each change. */
export interface Sharing {
  /**
   * Gives the results of a subscription. It is executed for itself until it is up to date; from then on `take` is told what all who
   * have subscribed to the same are told, until it gives false: it then goes on by itself, from where it was.
   */
  subscribe(
    operation: SharedOperation,
    open: () => Lease,
    take: (result: ExecutionResult) => boolean,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>>
}

export function createSharing(feed: Feed): Sharing {
  const groups = new Map<string, ResultGroup>()

  function join(operation: SharedOperation, member: Member): { leave(): void } | null {
    const { key } = operation
    let group = groups.get(key)
    if (group === undefined) {
      group = startResultGroup(operation, feed, member.position, () => {
        if (groups.get(key) === group) groups.delete(key)
      })
      groups.set(key, group)
    }
    return group.join(member)
  }

  return {
    async subscribe(operation, open, take) {
      const shared = new SharedResults(feed, operation, open, take, join)
      const refused = await shared.begin()
      return refused ?? shared
    },
  }
}

type Join = (operation: SharedOperation, member: Member) => { leave(): void } | null

/** A class, since there are many of them and they are there for long: what each holds is what is written here. */
class SharedResults implements AsyncIterableIterator<ExecutionResult>, Member {
  position = 0
  readonly take: (result: ExecutionResult) => boolean
  readonly #feed: Feed
  readonly #operation: SharedOperation
  readonly #join: Join
  #open: (() => Lease) | null
  /** While it is executed for itself. */
  #own: AsyncIterator<ExecutionResult> | null = null
  /** While it is told with the others. */
  #seat: { leave(): void } | null = null
  #handedOver = false
  #leaveFeed: (() => void) | null = null
  #signal: AbortSignal | null = null
  #end: { readonly error?: unknown } | null = null
  #wake: (() => void) | null = null

  constructor(
    feed: Feed,
    operation: SharedOperation,
    open: () => Lease,
    take: (result: ExecutionResult) => boolean,
    join: Join,
  ) {
    this.#feed = feed
    this.#operation = operation
    this.#open = open
    this.take = take
    this.#join = join
  }

  /** Gives why there are no results. */
  async begin(): Promise<ExecutionResult | null> {
    const { viewer } = this.#operation
    return this.#follow(await this.#operation.begin(viewer, this.#feed, () => this.#lease(this.#open!())))
  }

  #follow(results: ExecutionResult | Results): ExecutionResult | null {
    if (!(Symbol.asyncIterator in results)) return results
    this.#own = results[Symbol.asyncIterator]()
    this.#handedOver = false
    return null
  }

  #lease(own: Lease): Lease {
    this.#signal = own.signal
    return {
      signal: own.signal,
      close: () => own.close(),
      handOver: (position, leave) => this.#handOver(position, leave),
    }
  }

  #handOver(position: number, leave: () => void): boolean {
    this.position = position
    this.#seat = this.#join(this.#operation, this)
    if (this.#seat === null) return false
    this.#handedOver = true
    this.#open = null
    this.#leaveFeed ??= leave
    this.#signal!.addEventListener('abort', this)
    return true
  }

  leaveBehind(position: number): void {
    this.position = position
    this.#rise()
  }

  fail(error: unknown): void {
    this.#end ??= { error }
    this.#rise()
  }

  /** Its credential has ended, or the server shuts down. */
  handleEvent(): void {
    const reason: unknown = this.#signal!.reason
    this.#end ??= reason instanceof Error && reason.name !== 'AbortError' ? { error: reason } : {}
    this.#rise()
  }

  #rise(): void {
    this.#signal!.removeEventListener('abort', this)
    this.#seat?.leave()
    this.#seat = null
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      while (this.#end === null) {
        const result = await this.#advance()
        if (result !== null) return { done: false, value: result }
      }
    } catch (error) {
      this.#end ??= { error }
    }
    this.#leave()
    const { error } = this.#end
    if (error !== undefined) throw error
    return { done: true, value: undefined }
  }

  /** What comes next, or null where it has to be seen what to do now. */
  async #advance(): Promise<ExecutionResult | null> {
    if (this.#own !== null) {
      const { done, value } = await this.#own.next()
      if (done !== true) return value
      this.#own = null
      if (!this.#handedOver) this.#end ??= {}
      return null
    }
    if (this.#seat !== null) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
      return null
    }
    const refused = await this.#resume()
    if (refused !== null) this.#end ??= {}
    return refused
  }

  // Its lease is still open.
  async #resume(): Promise<ExecutionResult | null> {
    const { viewer } = this.#operation
    const lease = () => this.#lease({ signal: this.#signal!, close: () => {} })
    return this.#follow(await this.#operation.begin(viewer, resumed(this.#feed, this.position), lease))
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#end ??= {}
    if (this.#seat !== null) this.#rise()
    this.#leave()
    await this.#own?.return?.()
    return { done: true, value: undefined }
  }

  #leave(): void {
    this.#leaveFeed?.()
    this.#leaveFeed = null
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
