// npm run check:generated: fails if src/generated is not what its sources generate.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../src/generated/', import.meta.url))

function digest(): string {
  const hash = createHash('sha256')
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    : []
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort())
    hash.update(path).update(readFileSync(path))
  return hash.digest('hex')
}

const before = digest()
const { status } = spawnSync('npm', ['run', '--silent', 'generate'], { stdio: ['ignore', 'ignore', 'inherit'] })
if (status !== 0) throw new Error('npm run generate failed')
if (digest() !== before) throw new Error('src/generated was out of date, and has been made anew: try again')
