import type { Answers, Flight } from './answers.ts'

/** Tracks a response while it is computed, so that it can be cached. */
export interface Recording {
  /**
   * Begins a cacheable response that depends only on these directories, or (null) on more. Call before anything is read
   * for it.
   */
  begin(concerned: ReadonlySet<string> | null, directoryIds: readonly string[] | null): void
  /** Whether it has begun. */
  hasBegun(): boolean
  /** Caches the complete response, which has no errors. */
  keep(text: Buffer, headers: Readonly<Record<string, string>>): void
  /** Must always be called, so that requests waiting for a response that was not cached continue. */
  end(): void
}

/** `flight`: the caller's flight, if the response is known to be cacheable. */
export function createRecording(answers: Answers, key: string, flight: Flight | null): Recording {
  let concerned: ReadonlySet<string> | null = null
  return {
    begin(set, directoryIds) {
      flight ??= answers.begin(key, directoryIds)
      concerned = set
    },
    hasBegun: () => concerned !== null,
    keep: (text, headers) => flight?.land({ text, headers, concerned: [...(concerned ?? [])] }),
    end: () => flight?.land(null),
  }
}
