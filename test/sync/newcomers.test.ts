// Which events happen to share a transaction decides nothing about accounts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openInbox, type Inbox } from '../inbox/inbox.ts'
import { directory, event, group, member, user } from '../support/events.ts'

let inbox: Inbox
beforeAll(async () => {
  inbox = await openInbox()
  await inbox.db.pool.query(`
    insert into role (id, slug, name) values ('role_ops', 'operator', 'Operator');
    insert into role_mapping (id, match, value) values ('role_mapping_ops', 'NAME_EQUALS', 'ops');
    insert into role_mapping_role (mapping_id, role_id) values ('role_mapping_ops', 'role_ops')`)
})
afterAll(() => inbox.close())

const lives = {
  'hired and gone': ['created', 'deleted'],
  'hired, made a member, and gone': ['created', 'joined', 'deleted'],
  'hired before the first day, begins, is switched off': ['created inactive', 'active', 'inactive'],
  'gone before anybody heard of the hiring': ['deleted'],
  'gone, hired and gone': ['deleted', 'created', 'deleted'],
  'hired under another name, and gone': ['created', 'renamed', 'deleted'],
  'gone, and hired': ['deleted', 'created'],
  'hired, gone, and back': ['created', 'deleted', 'created'],
  'hired, gone, and back under another id': ['created', 'deleted', 'created anew'],
  'back under another id before they are gone': ['created', 'created anew', 'deleted'],
  'hired, switched off, back under another id, and gone': ['created', 'inactive', 'created anew', 'deleted'],
  'gone twice, and back as who they were': ['created', 'created anew', 'deleted', 'deleted anew', 'active'],
} as const

test.for(Object.entries(lives))('%s: one account or none, in one batch as in many', async ([name, steps]) => {
  const inOne = tell(`${name}, at once`, steps)
  await inbox.receive(...inOne.events)
  await inbox.applyAll()
  const inMany = tell(`${name}, one by one`, steps)
  for (const one of inMany.events) {
    await inbox.receive(one)
    await inbox.applyAll()
  }
  expect(inbox.failures).toEqual([])
  expect(await seen(inOne.directoryId)).toEqual(await seen(inMany.directoryId))
})

test('a returning person joins the account of their newest identity, whoever else the batch speaks of', async () => {
  const own = { directory_id: 'directory_same', organization_id: 'org_same', idp_id: '8931' }
  const [first, second, third] = ['2026-01-01', '2026-02-01', '2026-03-01'].map((day, n) =>
    user(`same_${n}`, { ...own, created_at: `${day}T00:00:00.000Z` }),
  )
  const told = (type: string, data: typeof first, at: number) => event(type, data!, at)
  await inbox.receive(told('dsync.user.created', first, 1), told('dsync.user.deleted', first, 2))
  await inbox.applyAll()
  await inbox.receive(told('dsync.user.created', second, 3))
  await inbox.applyAll()
  // Somebody has said that they are another one.
  await inbox.db.pool.query(`
    insert into account (id, organization_id, state, provisioned, sort_name, sort_email, search_text)
    values ('account_other', 'org_same', 'ACTIVE', true, '', '', '');
    update directory_user set account_id = 'account_other', link_kind = 'EXPLICIT' where id = 'directory_user_same_1'`)
  await inbox.receive(told('dsync.user.deleted', second, 4))
  await inbox.applyAll()
  await inbox.receive(
    told('dsync.user.updated', { ...first!, first_name: 'Late', state: 'inactive' }, 5),
    told('dsync.user.created', third, 6),
  )
  await inbox.applyAll()
  const joined = `select account_id from directory_user where id = 'directory_user_same_2'`
  expect(await inbox.list(joined)).toEqual(['account_other'])
})

// What a membership says of a user may lack whatever an account is found by: WorkOS's documents show it without
// addresses.
test.each([
  ['address', ['email']],
  ['id at the provider', ['idp_id']],
  ['address, id at the provider and name', ['email', 'idp_id', 'first_name', 'last_name', 'name']],
])('a membership that comes before the hiring, without %s, does not decide who somebody is', async (what, omitted) => {
  const lacks = (one: object) => Object.fromEntries(Object.entries(one).filter(([key]) => !omitted.includes(key)))
  const found: unknown[] = []
  for (const order of ['hired, member', 'member, hired', 'at once']) {
    customers += 1
    const id = `directory_${customers}`
    const own = { directory_id: id, organization_id: `org_${customers}` }
    const told = (at: number, type: string, data: object) => event(type, data as typeof ops, at)
    const ops = group(`ops_${customers}`, { ...own, name: 'ops' })
    await inbox.receive(told(0, 'dsync.activated', directory({ id, organization_id: own.organization_id, name: what })))
    // Somebody whom a person has disabled, and who left; and an account of the application with the address of another.
    const [former, again, ...others] = ['former', 'again', 'jo', 'kim'].map((name) =>
      user(`${name}_${customers}`, {
        ...own,
        idp_id: name === 'again' || name === 'former' ? 'mallory' : name,
        email: name === 'kim' ? null : `${name}@example.com`,
        first_name: name,
      }),
    )
    await inbox.receive(told(1, 'dsync.user.created', former!))
    await inbox.applyAll()
    await inbox.db.pool.query(`update organization set link_by_email = true where id = $1`, [own.organization_id])
    await inbox.db.pool.query(
      `update account set disabled_at = now(), disabled_by = 'somebody', state = 'INACTIVE' where organization_id = $1`,
      [own.organization_id],
    )
    await inbox.db.pool.query(
      `insert into account (id, organization_id, email, email_verified, state, provisioned, sort_name, sort_email, search_text)
       values ($1, $2, 'jo@example.com', true, 'ACTIVE', false, '', 'jo@example.com', '')`,
      [`account_jo_${customers}`, own.organization_id],
    )
    await inbox.receive(told(2, 'dsync.user.deleted', { ...former!, state: 'inactive' }))
    await inbox.applyAll()
    const hired = [again!, ...others].map((one) => told(3, 'dsync.user.created', one))
    const joined = [again!, ...others].map((one) => told(4, 'dsync.group.user_added', member(ops, lacks(one), id)))
    const batches = {
      'hired, member': [hired, joined],
      'member, hired': [joined, hired],
      'at once': [[...joined, ...hired]],
    }
    for (const batch of batches[order as keyof typeof batches]) {
      await inbox.receive(...batch)
      await inbox.applyAll()
    }
    found.push((await seen(id)).toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)))
  }
  expect(inbox.failures).toEqual([])
  expect(found[0]).toMatchObject([
    { how: 'EMAIL', state: 'ACTIVE', grants: [['role_ops', 'MAPPING', true]] },
    { how: 'PROVISIONED', state: 'ACTIVE', email: null, grants: [['role_ops', 'MAPPING', true]] },
    { how: 'PROVISIONED', state: 'INACTIVE' },
    { how: 'RETURNING', state: 'INACTIVE' },
  ])
  expect(found[1]).toEqual(found[0])
  expect(found[2]).toEqual(found[0])
})

test('an account is found by the first address of a newcomer, whatever else the batch says of them', async () => {
  const found: unknown[] = []
  for (const size of [1, 2]) {
    customers += 1
    const own = { directory_id: `directory_${customers}`, organization_id: `org_${customers}` }
    const ada = user(`ada_${customers}`, { ...own, email: 'first@example.com' })
    await inbox.receive(event('dsync.activated', directory({ id: own.directory_id, ...own }), 0))
    await inbox.applyAll()
    await inbox.db.pool.query('update organization set link_by_email = true where id = $1', [own.organization_id])
    await inbox.db.pool.query(
      `insert into account (id, organization_id, external_id, email, email_verified, state, provisioned, sort_name, sort_email, search_text)
       select 'account_' || name || $1, $1, name, name || '@example.com', true, 'ACTIVE', false, '', name || '@example.com', ''
       from unnest(array['first', 'second']) as name`,
      [own.organization_id],
    )
    const events = [
      event('dsync.user.created', ada, 1),
      event('dsync.user.updated', { ...ada, email: 'second@example.com' }, 2),
    ]
    for (let at = 0; at < events.length; at += size) {
      await inbox.receive(...events.slice(at, at + size))
      await inbox.applyAll()
    }
    found.push(
      ...(await inbox.list(
        `select a.external_id || ' ' || u.email from directory_user u join account a on a.id = u.account_id where u.id = '${ada.id}'`,
      )),
    )
  }
  expect(inbox.failures).toEqual([])
  expect(found).toEqual(['first second@example.com', 'first second@example.com'])
})

let customers = 0

function tell(name: string, steps: readonly string[]) {
  customers += 1
  const own = { directory_id: `directory_${customers}`, organization_id: `org_${customers}` }
  const ada = user(`ada_${customers}`, { ...own, email: 'ada@example.com', first_name: 'Ada' })
  const anew = { ...ada, id: `${ada.id}_anew` }
  const ops = group(`ops_${customers}`, { ...own, name: 'ops' })
  const happening: Record<string, (at: number) => object> = {
    created: (at) => event('dsync.user.created', ada, at),
    'created inactive': (at) => event('dsync.user.created', { ...ada, state: 'inactive' }, at),
    renamed: (at) => event('dsync.user.updated', { ...ada, first_name: 'Augusta' }, at),
    active: (at) => event('dsync.user.updated', ada, at),
    inactive: (at) => event('dsync.user.updated', { ...ada, state: 'inactive' }, at),
    joined: (at) => event('dsync.group.user_added', member(ops, ada, own.directory_id), at),
    deleted: (at) => event('dsync.user.deleted', { ...ada, state: 'inactive' }, at),
    'created anew': (at) => event('dsync.user.created', anew, at),
    'deleted anew': (at) => event('dsync.user.deleted', { ...anew, state: 'inactive' }, at),
  }
  const connected = directory({ id: own.directory_id, organization_id: own.organization_id, name })
  const events = [event('dsync.activated', connected, 0), event('dsync.group.created', ops, 1)]
  return { directoryId: own.directory_id, events: [...events, ...steps.map((step, at) => happening[step]!(at + 2))] }
}

/** What is known of accounts and of their reasons, but for ids and clocks. */
async function seen(directoryId: string): Promise<object[]> {
  return inbox.list(
    `select json_build_object(
       'state', a.state, 'email', a.email, 'name', a.first_name, 'revoked', a.sessions_revoked_at is not null,
       'deactivated', a.deactivated_at is not null, 'how', u.link_kind,
       'grants', (select json_agg(json_build_array(g.role_id, g.kind, g.visible)) from role_grant g where g.account_id = a.id),
       'told', (select json_agg(distinct c.kind) filter (where
                  c.kind in ('USER_PROVISIONED', 'USER_DEACTIVATED') or (c.kind = 'USER_REACTIVATED' and a.state = 'ACTIVE'))
                from change c where c.account_id = a.id))
     from directory_user u join account a on a.id = u.account_id where u.directory_id = $1 order by u.id`,
    directoryId,
  )
}
