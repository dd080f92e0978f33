// What the documents say is so: their examples, links, laws, tests and settings.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { CHANGE_NAMES } from '../../src/directory/change-kinds.ts'
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

test('every test that docs/guarantees.md names is there', () => {
  const named = all(read('docs/guarantees.md'), /(?<=[ |])(test\/[\w/.-]+)/g)
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('README lists the ten laws of docs/guarantees.md, in the same words', () => {
  const listed = all(read('README.md').split('\n## What it promises\n')[1]!.split('\n## ')[0]!, /^(\d+\. .*)$/gm)
  expect(listed).toHaveLength(10)
  expect(all(read('docs/guarantees.md'), /^\| (\d+\. .*?) \| test\//gm)).toEqual(listed)
})

test('docs/webhooks.md lists the type of every kind of change, and no other', () => {
  const section = read('docs/webhooks.md').split('\n## Message types\n')[1]!.split('\n## ')[0]!
  const listed = all(section, /^\| [^|]+ \| (.*) \|$/gm).flatMap((cell) => all(cell, /`([^`]+)`/g))
  const types = Object.values(CHANGE_NAMES).map(({ messageType }) => messageType)
  expect(listed.toSorted()).toEqual(types.toSorted())
})

test('docs/settings.md and .env.example have every setting, and no other; README has those that are required', () => {
  const names = (text: string): string[] => all(text, /([A-Z][A-Z_]{3,})/g).toSorted()
  const inTable = (text: string): string[] => all(text, /^\| ([^|]+) \|/gm).flatMap(names)
  const settings = all(read('src/config.ts'), /^ {2}([A-Z_]+): /gm).toSorted()
  expect(inTable(read('docs/settings.md')).toSorted()).toEqual(settings)
  expect(all(read('.env.example'), /^#?([A-Z_]+)=/gm).toSorted()).toEqual(settings)
  const required = inTable(read('docs/settings.md').split('\n## Required\n')[1]!.split('\n## ')[0]!)
  expect(required).toHaveLength(5)
  expect(inTable(read('README.md').split('\n## Settings\n')[1]!)).toEqual(required)
  const alwaysRequired = /production' \? (\['DATABASE_URL'.*?\])/.exec(read('src/config.ts'))![1]!
  expect(required).toEqual(expect.arrayContaining(names(alwaysRequired)))
})
