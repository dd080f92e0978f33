import { WorkOS } from '@workos-inc/node'
import { expect, test } from 'vitest'
import {
  directoryEventObject,
  directoryObject,
  envelope,
  groupObject,
  membershipData,
  userObject,
} from '../../src/simulator/payload.ts'
import { signDelivery } from '../../src/simulator/sign.ts'

test('a delivery can be made by hand, without a simulator, and the SDK takes it', async () => {
  const { webhooks } = new WorkOS('sk_any')
  const directory_id = 'directory_01ECAZ4NV9QMV47GW873HDCX74'
  const user = userObject({
    id: 'directory_user_01E1X1B89NH8Z3SDFJR4H7RGX7',
    directory_id,
    first_name: 'Lela',
    last_name: 'Block',
  })
  const group = groupObject({ id: 'directory_group_01E1X5GPMMXF4T1DCERMVEEPVW', directory_id, name: 'Developers' })
  const now = Date.now()
  const secret = 'whsec_éà'
  const made = [
    envelope('dsync.activated', directoryEventObject(directoryObject({ id: directory_id })), now),
    envelope('dsync.user.created', user, now),
    envelope('dsync.group.user_added', membershipData(user, group), now, 'event_01FKJ843CVE8F7BXQSPFH0M53V'),
  ]
  for (const event of made) {
    const payload = JSON.stringify(event)
    const sigHeader = signDelivery(payload, secret, now)
    expect(await webhooks.constructEvent({ payload, sigHeader, secret })).toMatchObject({
      id: event.id,
      event: event.event,
    })
    const stale = signDelivery(payload, secret, now - 200_000)
    await expect(webhooks.constructEvent({ payload, sigHeader: stale, secret })).rejects.toThrow('tolerance')
  }
  expect(user).toMatchObject({ name: 'Lela Block', state: 'active', emails: [], raw_attributes: {} })
  expect(new Set(made.map(({ id }) => id)).size).toBe(3)
})
