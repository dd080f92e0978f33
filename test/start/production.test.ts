import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url))
const cache = new URL('../../node_modules/.cache/rollcall/', import.meta.url)

/**
 * Starts production. What it says goes into a file, which takes everything: a pipe that is full, as where this process
 * is late, would lose lines.
 */
function spawnServer(args: readonly string[], env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  const file = join(folder, 'said')
  const output = openSync(file, 'a')
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', output], env })
  const ended = once(child, 'exit')
  return {
    ended,
    said: () => readFileSync(file, 'utf8'),
    /** Ends it, if it has not ended. */
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      closeSync(output)
      rmSync(folder, { recursive: true })
    },
  }
}

/** Starts production without its settings. */
async function start(env: Readonly<Record<string, string>>): Promise<{ code: unknown; said: string }> {
  await using server = spawnServer([program], env)
  const [code] = await server.ended
  return { code, said: server.said() }
}

const refused = { code: 1, said: expect.stringMatching(/DATABASE_URL[^]*WORKOS_API_KEY/) as string }

test('what a start has compiled is there for the next one', async () => {
  expect(await start({})).toEqual(refused)
  expect(readdirSync(cache).length).toBeGreaterThan(0)
  expect(await start({})).toEqual(refused)
})

test('a start that may not keep what it compiles goes just the same', async () => {
  expect(await start({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual(refused)
})

test('all that a start loads is what the one before it has compiled, and nothing that only few need at once', async () => {
  rmSync(cache, { recursive: true })
  await start({})
  const { said } = await start({ NODE_DEBUG_NATIVE: 'COMPILE_CACHE' })
  const loaded = [...said.matchAll(/^\[compile cache\] V8 code cache for \S+ (\S+) was (\w+)/gm)]
  expect(loaded.length).toBeGreaterThan(1_000)
  expect(loaded.filter(([, , fate]) => fate !== 'accepted')).toEqual([])
  expect(said).not.toContain('failed')
  const ofFew =
    /node_modules\/(jose|graphile-worker|nodemailer|@prisma|@graphql-yoga\/render-graphiql|prom-client)\/|src\/(simulator|generated\/prisma)\//
  expect(loaded.filter(([, file]) => ofFew.test(file!))).toEqual([])
})

// Says so among what is loaded, and in its turn.
const tellsWhenItListens = `
  import { Server } from 'node:net'
  import { writeSync } from 'node:fs'
  const { listen } = Server.prototype
  Server.prototype.listen = function (...told) {
    return listen.apply(this.once('listening', () => writeSync(2, 'it listens\\n')), told)
  }`

test('a server listens before it loads what counts and what mutations do, and what counts it loads without being asked', async () => {
  await start({}) // so that what is compiled is there: without, nothing says what is loaded
  const database = await createTestDatabase()
  try {
    await using server = spawnServer(
      ['--import', `data:text/javascript,${encodeURIComponent(tellsWhenItListens)}`, program],
      {
        NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
        HOST: '127.0.0.1',
        PORT: '0',
        DATABASE_URL: database.connectionString,
        WORKOS_API_KEY: 'sk_test',
        WORKOS_API_BASE_URL: 'http://127.0.0.1:9',
        WORKOS_WEBHOOK_SECRET: 'whsec_test',
      },
    )
    const said = () => server.said().split('it listens\n')
    await expect
      .poll(() => said()[1]?.includes('/metrics/register-metrics.ts'), { timeout: 20_000, interval: 100 })
      .toBe(true)
    const [before] = said()
    expect(before).toContain('/src/app/open-operations.ts')
    expect(before).not.toMatch(
      /prom-client|src\/metrics\/register-metrics|src\/app\/create-operations|src\/roles\/role-operations/,
    )
  } finally {
    await database.drop()
  }
})
