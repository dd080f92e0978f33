import { execFile } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../src/main.js', import.meta.url))
const cache = new URL('../node_modules/.cache/rollcall/', import.meta.url)

/** Starts production without its settings. */
function start(env: Readonly<Record<string, string>>): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { env, maxBuffer: 2 ** 24 }, (error, _stdout, said) =>
      resolve({ code: error?.code, said }),
    )
  })
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
    /node_modules\/(jose|graphile-worker|nodemailer|@prisma|@graphql-yoga\/render-graphiql)\/|src\/(simulator|generated\/prisma)\//
  expect(loaded.filter(([, file]) => ofFew.test(file!))).toEqual([])
})
