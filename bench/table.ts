import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import type { Row } from './measure.ts'

/** For programs: one object per line. */
export function printRow({ name, ratio, rival, goal, ok }: Row): void {
  console.log(JSON.stringify({ name, ratio: rounded(ratio), rival, goal, ok }))
}

/** For people. */
export function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.name,
    rounded(row.ratio).toFixed(2),
    `${row.better === 'greater' ? '≥' : '≤'} ${row.goal}`,
    row.ok ? 'ok' : 'MISSED',
    row.spread.map((end) => rounded(end).toFixed(2)).join('–'),
    `${figure(row.ours)} ${row.unit}`,
    `${figure(row.theirs)} ${row.unit}`,
    row.rival,
  ])
  const table = [['bar', 'ratio', 'goal', '', 'rounds', 'ours', "rival's", 'rival'], ...cells]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  const [head, ...lines] = table.map((line) => `| ${line.map((cell, n) => cell.padEnd(widths[n]!)).join(' | ')} |`)
  console.log([head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines].join('\n'))
}

export function describeMachine(postgres: string): void {
  const version = (name: string) => {
    const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
    return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`
  }
  const day = new Date().toISOString().slice(0, 10)
  const packages = ['postgraphile', 'graphql', 'graphql-yoga', 'pg', 'ws'].map(version).join(', ')
  // The run itself is about 2 of the load; anything above is somebody else's.
  console.log(
    `${day}, ${cpus().length} cores with a load of ${loadavg()[0]!.toFixed(1)}, node ${process.versions.node}, PostgreSQL ${postgres}, ${packages}\n`,
  )
}

const rounded = (value: number) => Math.round(value * 1_000) / 1_000
const figure = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2))
