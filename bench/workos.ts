// WorkOS for the backfill: the simulator in a separate process, without limits, with one large company.
import { groupObject } from '../src/simulator/payload.ts'
import { createSimulator } from '../src/simulator/simulator.ts'

const { USERS, WORKOS_API_KEY, WORKOS_WEBHOOK_SECRET } = process.env
const simulator = await createSimulator({
  apiKey: WORKOS_API_KEY!,
  webhookSecret: WORKOS_WEBHOOK_SECRET!,
  directories: ['okta'],
  usersPerDirectory: Number(USERS),
  rateLimits: false,
  announces: false,
})

// Everybody's group, the department's, and a project of some five hundred: three memberships each. Admins have three
// without a project.
const { store } = simulator
const [directory] = store.directories()
const users = store.users()
const projects = Array.from({ length: Math.ceil(users.length / 500) }, (_, n) => {
  const group = groupObject({
    id: `directory_group_01KJ0J${String(n).padStart(20, '0')}`,
    directory_id: directory!.object.id,
    organization_id: directory!.object.organization_id,
    name: `Project ${n}`,
  })
  store.putGroup(group)
  return group
})
for (const [n, user] of users.entries())
  if (store.groupsOf(user.id).length < 3) store.join(projects[n % projects.length]!.id, user.id)

process.once('SIGTERM', () => void simulator.close())
console.log(JSON.stringify({ msg: 'listening', url: simulator.url }))
