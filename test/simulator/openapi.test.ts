import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { dsyncEvents, type EventEnvelope } from '../../src/simulator/payload.ts'
import { providerKeys } from '../../src/simulator/providers.ts'
import { onlyDirectory, request, start } from './start.ts'

// WorkOS's OpenAPI document is of 2025 in places. Where WorkOS's docs of 2026 say otherwise, the simulator follows the
// docs, and within the document's letter:
// - raw_attributes is always {}, top-level emails [], job_title and username null (deprecations/raw-attributes, April
//   2026);
// - groups on a user is [] in lists and absent in events (changelog of May 2026; the document requires neither);
// - state is never "suspended" (merged into "inactive" in December 2023);
// - dsync.deactivated is in the document and never sent (removed from it in June 2026);
// - GET /events is oldest first though `order` defaults to desc (workos-node#1610), and takes events[]= too;
// - GET /directory_users takes idp_id and email (document 0.61.0; this is 0.1.0).

interface Schema {
  [key: string]: unknown
}
interface Branch {
  properties: { event: { const: string } }
}
interface Document {
  components: { schemas: Record<string, Schema> & { EventSchema: { allOf: [Schema, { oneOf: Branch[] }] } } }
}

const path = createRequire(import.meta.url).resolve('@workos/openapi-spec/spec')
const { components } = parse(readFileSync(path, 'utf8'), { maxAliasCount: -1 }) as Document
const branches = components.schemas.EventSchema.allOf[1].oneOf
const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false })
ajv.addFormat('date-time', (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text))
ajv.addSchema(closed({ components }) as Schema, 'workos')

const validatorOf = (pointer: string): ValidateFunction =>
  ajv.compile({ $ref: `workos#/components/schemas/${pointer}` })

/** The document with every object closed: a misspelt property would otherwise pass as one that is merely unknown. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const copy: Schema = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  const isObject = copy['type'] === 'object' && typeof copy['properties'] === 'object'
  return isObject && copy['additionalProperties'] === undefined ? { ...copy, additionalProperties: false } : copy
}

function complaints(validate: ValidateFunction, value: unknown): unknown[] {
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, params }) => [instancePath, message, params])
}

describe("by WorkOS's OpenAPI document,", () => {
  test('every REST object and list is right, of every provider', async () => {
    const simulator = await start({ directories: providerKeys, usersPerDirectory: 11 })
    const lists = {
      '/directories': 'DirectoryList',
      '/directory_users': 'DirectoryUserList',
      '/directory_groups': 'DirectoryGroupList',
      '/organizations': 'OrganizationList',
    }
    for (const [path, schema] of Object.entries(lists)) {
      const { json } = await request(simulator, 'GET', `${path}?limit=100`)
      expect(json!.data.length).toBeGreaterThan(10)
      expect([path, ...complaints(validatorOf(schema), json)]).toEqual([path])
    }
    const singles = {
      [`/directories/${onlyDirectory(simulator).id}`]: 'Directory',
      [`/directory_users/${simulator.store.users()[0]!.id}`]: 'DirectoryUserWithGroups',
      [`/directory_groups/${simulator.store.groups()[0]!.id}`]: 'DirectoryGroup',
      [`/organizations/${simulator.store.organizations()[0]!.id}`]: 'Organization',
    }
    for (const [path, schema] of Object.entries(singles)) {
      const { json } = await request(simulator, 'GET', path)
      expect([path, ...complaints(validatorOf(schema), json)]).toEqual([path])
    }
    const organization = onlyDirectory(simulator).organization_id
    const { json } = await request(simulator, 'POST', '/portal/generate_link', { organization, intent: 'dsync' })
    expect(complaints(validatorOf('PortalLinkResponse'), json)).toEqual([])
  })

  test.for(dsyncEvents)('every %s is right', async (name) => {
    const simulator = await start({ directories: ['okta', 'entra', 'google', 'workday'], announces: true })
    for (let day = 0; day < 120; day += 1) simulator.step()
    const { group } = simulator.actions.createGroup()
    simulator.actions.renameGroup({ groupId: group.id })
    simulator.actions.deleteGroup({ groupId: group.id })
    simulator.actions.deleteDirectory({ directoryId: onlyDirectory(simulator).id })
    const validate = validatorOf(`EventSchema/allOf/1/oneOf/${branchOf(name)}`)
    const events = simulator.events().filter(({ event }) => event === name)
    expect(events.length).toBeGreaterThan(0)
    expect(events.flatMap((event) => complaints(validate, event))).toEqual([])
    expect(events.flatMap((event) => complaints(validatorOf('EventSchema/allOf/0'), event))).toEqual([])
  })

  test('the check sees a misspelt, a missing and a mistyped property', async () => {
    const simulator = await start()
    const validate = validatorOf(`EventSchema/allOf/1/oneOf/${branchOf('dsync.user.created')}`)
    const right = simulator.actions.hire().events[0]!
    const { state: _state, ...stateless } = right.data
    const wrong: EventEnvelope['data'][] = [{ ...right.data, firstname: 'x' }, stateless, { ...right.data, email: 5 }]
    expect(complaints(validate, right)).toEqual([])
    for (const data of wrong) expect(complaints(validate, { ...right, data })).toHaveLength(1)
  })

  test('of the dsync events the simulator lacks one: the phantom', () => {
    const named = branches.map(({ properties }) => properties.event.const).filter((name) => name.startsWith('dsync.'))
    expect(named.filter((name) => !dsyncEvents.some((known) => known === name))).toEqual(['dsync.deactivated'])
    expect(named).toHaveLength(dsyncEvents.length + 1)
  })
})

const branchOf = (name: string): number => branches.findIndex(({ properties }) => properties.event.const === name)
