const DAY_MS = 86_400_000
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))

/**
 * Returns a function that writes times as `Date.toISOString` does, in a tenth of the time if many are of one day. Like
 * it, it throws a RangeError for an invalid date.
 */
export function createIsoWriter(): (moment: Date) => string {
  let day = NaN
  let date = ''
  return (moment) => {
    const time = moment.getTime()
    const its = Math.floor(time / DAY_MS)
    if (its !== day) {
      date = moment.toISOString().slice(0, -'00:00:00.000Z'.length)
      day = its
    }
    const milliseconds = time - its * DAY_MS
    const seconds = Math.floor(milliseconds / 1_000)
    const minutes = Math.floor(seconds / 60)
    const [hour, minute, second] = [
      TWO_DIGITS[Math.floor(minutes / 60)],
      TWO_DIGITS[minutes % 60],
      TWO_DIGITS[seconds % 60],
    ]
    return `${date}${hour}:${minute}:${second}.${String(milliseconds % 1_000).padStart(3, '0')}Z`
  }
}
