import type { Answers, Flight } from './answers.ts'

/** What becomes of an answer while it is worked out, so that it can be kept. */
export interface Recording {
  /**
   * It is one that can be kept, and depends on these directories alone, or (null) on more. Call before anything of it
   * is read.
   */
  begin(concerned: ReadonlySet<string> | null, directoryIds: readonly string[] | null): void
  /** Whether it has begun. */
  hasBegun(): boolean
  /** It is whole, and has no errors. */
  keep(text: Buffer, headers: Readonly<Record<string, string>>): void
  /** Call in any case: whoever waits for what was not kept goes on. */
  end(): void
}

/** `flight`: the one that the caller was given, where the answer is known as one that can be kept. */
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
