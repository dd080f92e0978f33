import type { TestApp } from '../support/app.ts'
import { directory, event, group, member, user } from '../support/events.ts'

/** The ids of one organization's world, all of which contain its name. */
export interface Company {
  readonly organizationId: string
  readonly directoryId: string
  readonly userIds: readonly string[]
  readonly groupIds: readonly string[]
  readonly eventIds: readonly string[]
}

/**
 * The events of an organization with a directory, three people, two groups and four memberships; one of the people was
 * deleted again. Names, addresses and the provider's ids are the same for each company: only ids differ.
 */
export function companyEvents(name: string, told: { readonly organization: boolean } = { organization: true }) {
  const organizationId = `org_${name}`
  const directoryId = `directory_${name}`
  const whose = { directory_id: directoryId, organization_id: told.organization ? organizationId : null }
  const common = (id: string) => ({ ...whose, idp_id: `idp_${id}`, email: `${id}@example.com`, first_name: id })
  const [ada, ben, eve] = ['ada', 'ben', 'eve'].map((id) =>
    user(`${name}_${id}`, { ...common(id), name: `${id} Example` }),
  )
  const [staff, board] = ['staff', 'board'].map((id) =>
    group(`${name}_${id}`, { ...whose, idp_id: `idp_${id}`, name: id }),
  )
  const domains = [{ object: 'organization_domain', id: `org_domain_${name}`, domain: 'example.com' }]
  const facts: [string, object][] = [
    ['dsync.activated', directory({ id: directoryId, organization_id: whose.organization_id, domains })],
    ['dsync.user.created', ada!],
    ['dsync.group.created', staff!],
    ['dsync.user.created', ben!],
    ['dsync.group.created', board!],
    ['dsync.user.created', eve!],
    ['dsync.group.user_added', member(staff!, ada!, directoryId)],
    ['dsync.group.user_added', member(staff!, ben!, directoryId)],
    ['dsync.group.user_added', member(board!, ada!, directoryId)],
    ['dsync.group.user_added', member(board!, eve!, directoryId)],
    ['dsync.user.updated', { ...ben!, job_title: 'Baker', username: 'ben' }],
    ['dsync.user.deleted', eve!],
    ['dsync.user.updated', { ...ada!, state: 'inactive' }],
  ]
  const events = facts.map(([type, data], index) =>
    event(type, data as Record<string, unknown>, index + 1, `event_${name}_${String(index).padStart(2, '0')}`),
  )
  const company: Company = {
    organizationId,
    directoryId,
    userIds: [ada!.id, ben!.id, eve!.id],
    groupIds: [staff!.id, board!.id],
    eventIds: events.map(({ id }) => id),
  }
  return { company, events }
}

/** Delivers the events of several companies in turns, and waits until they are applied. */
export async function deliverInTurns(app: TestApp, ...companies: readonly { readonly events: readonly object[] }[]) {
  const longest = Math.max(...companies.map(({ events }) => events.length))
  for (let index = 0; index < longest; index += 1) {
    for (const { events } of companies) {
      const one = events[index]
      if (one !== undefined && (await app.deliver(one)) !== 200) throw new Error('a delivery was refused')
    }
  }
  await app.applied()
}
