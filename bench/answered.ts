import { createHash } from 'node:crypto'

/** A contender's answers, in the form in which all answers are compared. */
export interface Answered {
  readonly who: string
  readonly answers: readonly unknown[]
}

/**
 * Notes what each has answered, in that form: how many answers, how many bytes, and their hash. Throws unless they are
 * the same, byte for byte: a rival must return the same data.
 */
export function mustAnswerTheSame(note: (line: string) => void, ...all: readonly Answered[]): void {
  const told = all.map(({ who, answers }) => {
    const texts = answers.map(inOneForm)
    const hash = createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12)
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    note(`${who} answered ${texts.length} times, with ${bytes.toLocaleString('en')} bytes, sha256 ${hash}…`)
    return { who, texts }
  })
  const [first, ...others] = told
  for (const { who, texts } of others) {
    if (texts.length !== first!.texts.length) throw new Error(`${who} did not answer as often as ${first!.who} did`)
    for (const [n, text] of first!.texts.entries())
      if (texts[n] !== text) throw new Error(`${who} did not answer what ${first!.who} did:\n${texts[n]}\n${text}`)
  }
}

// Independent of key order.
function inOneForm(answer: unknown): string {
  return JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  )
}
