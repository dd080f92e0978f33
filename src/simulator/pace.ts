import type { EventEnvelope } from './payload.ts'
import type { Random } from './random.ts'

/**
 * Steps life at the given number of events a minute. An action of three events is followed by three times the pause.
 */
export function createPace({
  random,
  step,
  perMinute,
}: {
  random: Random
  step: () => EventEnvelope[]
  perMinute: number
}) {
  let pace = perMinute
  let paused = false
  let timer: NodeJS.Timeout | undefined

  function wait(events: number): void {
    clearTimeout(timer)
    if (paused || pace <= 0) return
    const pause = (60_000 / pace) * Math.max(events, 1) * (0.5 + random.next())
    timer = setTimeout(() => wait(step().length), pause)
    timer.unref()
  }
  wait(1)

  return {
    state: (): { perMinute: number; paused: boolean } => ({ perMinute: pace, paused }),
    set: (perMinute: number): void => {
      pace = perMinute
      wait(1)
    },
    pause: (): void => {
      paused = true
      wait(1)
    },
    resume: (): void => {
      paused = false
      wait(1)
    },
    close: (): void => clearTimeout(timer),
  }
}
