import { AUDIENCE, followRollcall, openChanger } from '../audience.ts'
import type { Bar } from '../bench.ts'
import { alternate, toRow } from '../measure.ts'
import { createPeopled, directoryOf, groupId, userId, USERS } from '../seed.ts'
import { everybodyOf, severalTimes } from './fan-out.ts'

const FILTERS = 1_000

/** One change that 10 of 10,000 sockets want, which have subscribed with 1,000 different filters. */
export const fanOutFiltered: Bar = {
  name: 'fan-out-filtered',
  async run(bench) {
    // Separate databases: otherwise those who want everything would receive every change too, at the same time.
    const [theirs, others] = [await createPeopled(bench.postgres), await createPeopled(bench.postgres)]
    await using some = await followRollcall(bench, theirs, filters)
    await using all = await followRollcall(bench, others, [{}])
    await using changer = openChanger(bench, theirs)
    await using other = openChanger(bench, others)
    let user = 0
    const pairs = await alternate(
      bench.quick ? 3 : 9,
      () => {
        user += 4 // matched by two of the four kinds of filter
        return severalTimes(bench, 'the ten', () => changer.change(some.crowd, AUDIENCE / FILTERS, user))
      },
      everybodyOf(bench, all, other),
    )
    const about = { rival: 'all 10,000: fan-out', goal: 0.05, better: 'smaller', unit: 'ms' } as const
    return [toRow({ ...about, name: 'fan-out-filtered' }, pairs)]
  },
}

// Anything about one user; updates of one user; memberships of a group; an account.
const filters = Array.from({ length: FILTERS }, (_, n) => {
  if (n % 4 === 0) return { directoryUserId: userId(n) }
  if (n % 4 === 1)
    return { directoryId: directoryOf(n, USERS), directoryUserId: userId(n), kinds: ['DIRECTORY_USER_UPDATED'] }
  if (n % 4 === 2) return { directoryGroupId: groupId(n), kinds: ['MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED'] }
  return { userId: `user_${n}` }
})
