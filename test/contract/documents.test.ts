// What the documents say is so: their examples, links, tests and settings.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'

const root = new URL('../../', import.meta.url).pathname
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const documents = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: root }).toSorted()
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!)

test('every example of GraphQL is one that the schema has', () => {
  const examples = documents.flatMap((path) => all(read(path), /^```graphql\n(.*?)^```/gms))
  expect(examples.length).toBeGreaterThan(10)
  for (const example of examples)
    expect([example, validate(schema, parse(example)).map(({ message }) => message)]).toEqual([example, []])
})

/** As GitHub names the place of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

test.for(documents)('every link of %s leads somewhere', (path) => {
  const broken = all(read(path), /\]\(([^)\s]+)\)/g).filter((link) => {
    if (/^https?:/.test(link)) return false
    const [file, place] = link.split('#') as [string, string | undefined]
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(join(root, target))) return true
    return (
      place !== undefined &&
      !all(read(target), /^#+ (.*)$/gm)
        .map(anchor)
        .includes(place)
    )
  })
  expect(broken).toEqual([])
})

test('every test that README names is there', () => {
  const named = all(read('README.md'), /(?<=[ |])(test\/[\w/.-]+)/g)
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('README and .env.example have every setting, and no other', () => {
  const names = (text: string): string[] => all(text, /([A-Z][A-Z_]{3,})/g).toSorted()
  const settings = all(read('src/config.ts'), /^ {2}([A-Z_]+): /gm).toSorted()
  const table = all(read('README.md').split('\n## Settings\n')[1]!, /^\| ([^|]+) \|/gm).flatMap(names)
  expect(table.toSorted()).toEqual(settings)
  expect(all(read('.env.example'), /^#?([A-Z_]+)=/gm).toSorted()).toEqual(settings)
})
