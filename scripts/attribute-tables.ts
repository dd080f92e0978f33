// node scripts/attribute-tables.ts: writes the tables of docs/attributes.md from the code.
import { readFileSync, writeFileSync } from 'node:fs'
import { defaultSources } from '../src/directory/attribute-defaults.ts'
import { attributeNames, type AttributeName } from '../src/directory/attributes.ts'
import { directoryTypes, providerOf } from '../src/directory/providers.ts'

const file = new URL('../docs/attributes.md', import.meta.url)
const BEGINNING = '<!-- written by scripts/attribute-tables.ts -->'
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const RAW = '/raw_attributes/'
const isRaw = (pointer: string) => pointer.startsWith(RAW)

/** Returns docs/attributes.md with the generated tables below the hand-written part. */
export function attributesPage(): string {
  const [prose] = readFileSync(file, 'utf8').split(BEGINNING)
  return `${prose}${BEGINNING}\n\n${tables()}`
}

function tables(): string {
  // Providers with the same sources share a table.
  const byTable = Map.groupBy(['unknown', ...directoryTypes], (type) =>
    table((name) =>
      pointersOf(type, name)
        .filter(isRaw)
        .map((pointer) => pointer.slice(RAW.length)),
    ),
  )
  const own = [...byTable].map(([text, types]) => `### ${types.map(title).join(', ')}\n\n${text}`)
  const custom = table((name) => pointersOf('unknown', name).filter((pointer) => !isRaw(pointer)))
  return [`## First, for every provider\n\n${custom}`, `## Then, in \`raw_attributes\``, ...own].join('\n\n') + '\n'
}

const pointersOf = (type: string, name: AttributeName) => defaultSources(providerOf(type).key)[name]
const title = (type: string) => (type === 'unknown' ? 'Every other type' : `${providerOf(type).name} (\`${type}\`)`)

function table(cells: (name: AttributeName) => readonly string[]): string {
  const rows = attributeNames.map((name) => {
    const pointers = cells(name).map((pointer) => `\`${pointer.replace(ENTERPRISE, '{enterprise}')}\``)
    return `| \`${name}\` | ${pointers.join(', ')} |`
  })
  return ['| attribute | pointers |', '|---|---|', ...rows].join('\n')
}

if (import.meta.main) writeFileSync(file, attributesPage())
