import type { ExecutionResult } from 'graphql'
import type { Viewer } from '../../auth/viewer.ts'
import type { Feed } from '../../changes/feed.ts'
import { errorOf, type Lease } from '../../changes/lease.ts'
import { startResultGroup, type Member, type ResultGroup } from './result-group.ts'
import { resumed, type SharedOperation, type Source } from './shared-operation.ts'

/** Executes equal subscriptions once per change. */
export interface Sharing {
  /**
   * Returns the results of a subscription. It is executed separately until it is up to date; from then on `listener`
   * gets the results shared with all equal subscriptions, until it returns false and continues separately from where it
   * was.
   */
  subscribe(operation: SharedOperation, open: () => Lease, listener: Listener): Promise<ExecutionResult | Subscribed>
}

/** A receiver of shared results. */
export interface Listener extends Pick<Member, 'take'> {
  /** Called when no more shared results follow: the rest must be pulled. */
  goOn?(): void
}

/** The results of a subscription. Iterating yields each result in turn, except those that its listener received. */
export interface Subscribed extends AsyncIterableIterator<ExecutionResult> {
  /** Like `next`, but resolves to null instead of waiting while its listener gets the results. */
  step(): Promise<Step | null>
  /** Whether its listener gets the results that follow. */
  isShared(): boolean
  return(): Promise<Step>
}

type Step = IteratorResult<ExecutionResult, undefined>

export function createSharing(feed: Feed): Sharing {
  const groups = new Map<string, ResultGroup>()

  function join(operation: SharedOperation, member: Member): ResultGroup | null {
    const { key } = operation
    let group = groups.get(key)
    if (group === undefined) {
      group = startResultGroup(operation, feed, member.position, () => {
        if (groups.get(key) === group) groups.delete(key)
      })
      groups.set(key, group)
    }
    return group.join(member) ? group : null
  }

  return {
    async subscribe(operation, open, listener) {
      const shared = new SharedResults(feed, operation, listener, join)
      const refused = await shared.begin(feed, open)
      return refused ?? shared
    },
  }
}

/** Returns the group that the member has joined; null if it has to read further. */
type Join = (operation: SharedOperation, member: Member) => ResultGroup | null

/**
 * A class without async functions: there are many instances, most of which wait as long as they live, and each holds
 * only the fields declared here.
 */
class SharedResults implements Subscribed, Member, Lease {
  position = 0
  readonly #listener: Listener
  readonly #feed: Feed
  readonly #viewer: Viewer
  readonly #join: Join
  #operation: SharedOperation
  #lease: Lease | null = null
  /** Set while it is executed separately. */
  #own: AsyncIterator<ExecutionResult> | null = null
  #handedOver = false
  /** Set while it shares results with others. */
  #group: ResultGroup | null = null
  #leaveFeed: (() => void) | null = null
  #end: { readonly error?: unknown } | null = null
  /** Wakes the reader that waits for the next result. */
  #wake: ((next: Promise<Step>) => void) | null = null

  constructor(feed: Feed, operation: SharedOperation, listener: Listener, join: Join) {
    this.#feed = feed
    this.#viewer = operation.viewer
    this.#operation = operation
    this.#listener = listener
    this.#join = join
  }

  /** Resolves to the errors if there are no results. */
  async begin(source: Source, open: () => Lease): Promise<ExecutionResult | null> {
    const results = await this.#operation.begin(this.#viewer, source, () => {
      this.#lease = open()
      return this
    })
    if (!(Symbol.asyncIterator in results)) return results
    this.#own = results[Symbol.asyncIterator]()
    this.#handedOver = false
    return null
  }

  get signal(): AbortSignal {
    return this.#lease!.signal
  }

  close(): void {
    this.#lease!.close()
  }

  handOver(position: number, leave: () => void): boolean {
    if (this.#end !== null) return false // it is about to leave
    this.position = position
    this.#group = this.#join(this.#operation, this)
    if (this.#group === null) return false
    this.#operation = this.#group.operation // equal, and stored only once
    this.#handedOver = true
    this.#leaveFeed ??= leave
    this.signal.addEventListener('abort', this)
    return true
  }

  take(result: ExecutionResult): boolean {
    return this.#listener.take(result)
  }

  leaveBehind(position: number): void {
    this.position = position
    this.#rise()
  }

  fail(error: unknown): void {
    this.#end ??= { error }
    this.#rise()
  }

  /** Called when its credential ends or the server shuts down. */
  handleEvent(): void {
    const error = errorOf(this.signal)
    this.#end ??= error === undefined ? {} : { error }
    this.#rise()
  }

  #rise(): void {
    this.signal.removeEventListener('abort', this)
    this.#group?.leave(this)
    this.#group = null
    this.#wake?.(Promise.resolve().then(() => this.next()))
    this.#wake = null
    this.#listener.goOn?.()
  }

  isShared(): boolean {
    return this.#group !== null
  }

  next(): Promise<Step> {
    return this.step().then((step) => {
      if (step !== null) return step
      return this.isShared() ? new Promise((resolve) => (this.#wake = resolve)) : this.next()
    })
  }

  step(): Promise<Step | null> {
    if (this.#end !== null) return this.#finish(this.#end)
    if (this.#own !== null)
      return this.#own.next().then(
        (result) => this.#heard(result),
        (error: unknown) => this.#broken(error),
      )
    if (this.#group !== null) return Promise.resolve(null)
    const lease = this.#lease! // still open
    return this.begin(resumed(this.#feed, this.position), () => lease).then(
      (refused) => (refused === null ? this.step() : this.#last(refused)),
      (error: unknown) => this.#broken(error),
    )
  }

  #heard(result: IteratorResult<ExecutionResult, unknown>) {
    if (result.done !== true) return result
    this.#own = null
    if (!this.#handedOver) this.#end ??= {}
    return this.step()
  }

  #broken(error: unknown) {
    this.#end ??= { error }
    return this.step()
  }

  #last(value: ExecutionResult): Step {
    this.#end ??= {}
    return { done: false, value }
  }

  async return(): Promise<Step> {
    this.#end ??= {}
    if (this.#group !== null) this.#rise()
    await this.#own?.return?.()
    return this.#finish({})
  }

  async #finish({ error }: { readonly error?: unknown }): Promise<Step> {
    this.#leaveFeed?.()
    this.#leaveFeed = null
    if (error !== undefined) throw error
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
