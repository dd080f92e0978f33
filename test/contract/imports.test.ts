import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { breaches, rules } from '../../scripts/import-rules.ts'

test('nobody imports what they may not', () => {
  expect(breaches()).toEqual([])
})

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the table of ARCHITECTURE.md is the same', () => {
  const rows = [...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| `(\w+)` \|.*\| ([^|]+) \|$/gm)]
  const told = rows.map(
    ([, module, others]) => [module!, others === 'nothing' ? [] : others!.split(', ').sort()] as const,
  )
  const modules = Object.entries(rules).filter(([module]) => !/[.]/.test(module) && module !== 'app')
  const ruled = modules.map(
    ([module, others]) => [module, others.map((other) => other.replace('.ts', '')).sort()] as const,
  )
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(ruled))
})

test('no module may import what may import it', () => {
  const left = new Map(
    Object.entries(rules).map(([module, others]) => [module, new Set(others.map((one) => one.split('/')[0]!))]),
  )
  for (;;) {
    const free = [...left].filter(([, others]) => others.values().every((other) => !left.has(other)))
    if (free.length === 0) break
    for (const [module] of free) left.delete(module)
  }
  expect([...left.keys()]).toEqual([])
})

let copy: string
let breachesOfCopy: typeof breaches
beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'rollcall-imports-'))
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true, filter: (path) => !path.includes('generated') })
  cpSync(join(root, 'scripts/import-rules.ts'), join(copy, 'import-rules/import-rules.ts'))
  const module = (await import(pathToFileURL(join(copy, 'import-rules/import-rules.ts')).href)) as {
    breaches: typeof breaches
  }
  breachesOfCopy = module.breaches
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const planted: [file: string, line: string, complaint: RegExp][] = [
  [
    'directory/planted.ts',
    `import { openDatabase } from '../db/database.ts'`,
    /directory may not import db\/database\.ts/,
  ],
  [
    'graphql/planted.ts',
    `import type { Receiver } from '../inbox/receive.ts'`,
    /graphql may not import inbox\/receive\.ts/,
  ],
  ['graphql/planted.ts', `export { verify } from '../workos/verify.ts'`, /graphql may not import workos/],
  ['sync/planted.ts', `const late = await import('../graphql/schema.ts')`, /sync may not import graphql/],
  ['inbox/planted.ts', `import '../workos/client.ts'`, /inbox may not import workos\/client\.ts/],
  [
    'changes/planted.ts',
    `import {\n  simulate,\n} from '../simulator/simulator.ts'`,
    /changes may not import simulator/,
  ],
  ['http/planted.ts', `import { WorkOS } from '@workos-inc/node'`, /@workos-inc\/node is for workos alone/],
  ['sync/planted.ts', `import { GraphQLError } from 'graphql'`, /graphql is for/],
  ['graphql/planted.ts', `import { breaches } from '../../scripts/import-rules.ts'`, /outside of src/],
  ['auth/planted.ts', 'export const secret = process.env.SECRET', /only the entries read process\.env/],
  ['attic/planted.ts', `import { ulid } from 'ulid'`, /no rule says what attic may import/],
]
test.for(planted)('a breach is found: %s, %s', ([file, line, complaint]) => {
  expect(breachesOfCopy()).toEqual([])
  const path = join(copy, 'src', file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${line}\n`)
  const found = breachesOfCopy()
  rmSync(path)
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(new RegExp(`^src/${file}: `))
  expect(found[0]).toMatch(complaint)
})
