// Comments are limited to 120 columns like code: the formatter does not wrap them. `npm run check:comments`.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const WIDTH = 120
const COMMENT = /^\s*(\/\/|\*|\/\*\*) /
// What cannot be broken: an address, or a command to be copied.
const UNBROKEN = /https?:|^\s*\S+\s+(npm|node|curl|[A-Z_]+=)/

const root = new URL('../', import.meta.url)
const files = execFileSync('git', ['ls-files', '*.ts', '*.js'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
const wide = files.flatMap((file) =>
  readFileSync(new URL(file, root), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line.length > WIDTH && COMMENT.test(line) && !UNBROKEN.test(line) ? [`${file}:${index + 1}`] : [],
    ),
)
if (wide.length > 0) {
  process.stderr.write(`Comments wider than ${WIDTH} columns:\n${wide.join('\n')}\n`)
  process.exitCode = 1
}
