interface ReadAhead<Item> {
  /**
   * Returns what has been read by now, at least one item, in order; null after the last. Throws what the source threw,
   * once everything before it has been returned.
   */
  next(): Promise<Item[] | null>
  /** Reads no further. Does not wait for a read under way: WorkOS may tell it to wait a minute. */
  close(): void
}

/** Reads from a source while its consumer is at work, at most `limit` items ahead. */
export function readAhead<Item>(source: AsyncIterator<Item>, limit: number): ReadAhead<Item> {
  let ready: Item[] = []
  let ended: { readonly error?: unknown } | null = null
  let wakeConsumer = () => {}
  let wakeReader = () => {}
  let closed = false

  async function read(): Promise<void> {
    try {
      for (;;) {
        while (ready.length >= limit && !closed) await new Promise<void>((resolve) => (wakeReader = resolve))
        if (closed) return
        const { done, value } = await source.next()
        if (done === true) break
        ready.push(value)
        wakeConsumer()
      }
      ended = {}
    } catch (error) {
      ended = { error }
    }
    wakeConsumer()
  }
  void read()

  return {
    async next() {
      while (ready.length === 0 && ended === null) await new Promise<void>((resolve) => (wakeConsumer = resolve))
      const items = ready
      ready = []
      wakeReader()
      if (items.length > 0) return items
      if (ended !== null && 'error' in ended) throw ended.error
      return null
    },
    close() {
      closed = true
      wakeReader()
    },
  }
}
