/** One line of the table: how we compare with a rival. */
export interface Row {
  readonly name: string
  /** Ours divided by the rival's, the median over rounds. */
  readonly ratio: number
  readonly rival: string
  readonly goal: number
  /** Whether `ratio` has to reach the goal or to stay under it. */
  readonly better: 'greater' | 'smaller'
  readonly ok: boolean
  /** The smallest and the largest ratio of a round. */
  readonly spread: readonly [number, number]
  /** Medians, for people: on shared machines they mean nothing by themselves. */
  readonly ours: number
  readonly theirs: number
  readonly unit: string
}

/** The figures of ours and the rival's in the same round. */
export type Pair<Figure = number> = readonly [ours: Figure, theirs: Figure]

/**
 * Runs both in turn, `rounds` times, after one warm-up round, or none if a round is so long that warming up makes no
 * difference. Who starts alternates, so that a machine getting faster or slower favours nobody.
 */
export async function alternate<Figure>(
  rounds: number,
  runOurs: () => Promise<Figure>,
  runTheirs: () => Promise<Figure>,
  warmUps: 0 | 1 = 1,
): Promise<Pair<Figure>[]> {
  const pairs: Pair<Figure>[] = []
  for (let round = 0; round < rounds + warmUps; round += 1) {
    let pair: Pair<Figure>
    if (round % 2 === 0) pair = [await runOurs(), await runTheirs()]
    else {
      const theirs = await runTheirs()
      pair = [await runOurs(), theirs]
    }
    if (round >= warmUps) pairs.push(pair)
  }
  return pairs
}

export function toRow(about: Pick<Row, 'name' | 'rival' | 'goal' | 'better' | 'unit'>, pairs: readonly Pair[]): Row {
  const ratios = pairs.map(([ours, theirs]) => ours / theirs)
  const ratio = median(ratios)
  return {
    ...about,
    ratio,
    ok: about.better === 'greater' ? ratio >= about.goal : ratio <= about.goal,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ours: median(pairs.map(([ours]) => ours)),
    theirs: median(pairs.map(([, theirs]) => theirs)),
  }
}

export const median = (figures: readonly number[]) => quantile(figures, 0.5)

/** Returns a quantile, interpolated linearly between two figures. */
export function quantile(figures: readonly number[], share: number): number {
  if (figures.length === 0) throw new Error('Nothing was measured')
  const sorted = figures.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return low + (high - low) * (place - Math.floor(place))
}
