import type { News } from '../../src/changes/news.ts'

/** News of one organization that come when the test says so. */
export function makeNews() {
  let [come, known] = [0, 0]
  const news: News = {
    now: () => known,
    look: () =>
      Promise.resolve().then(() => {
        known = come
      }),
    isQuietSince: (moment) => moment >= known,
  }
  return { news, happen: () => void (come += 1) }
}
