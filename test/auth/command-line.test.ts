import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratchFolder } from '../db/embedded/left-behind.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ask, query } from '../support/client.ts'
import { WhoAmI } from './operations.ts'

const script = fileURLToPath(new URL('../../scripts/api-key.ts', import.meta.url))

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())

/** As `npm run api-key -- …` does. */
function run(...args: readonly string[]): ReturnType<typeof runWith> {
  return runWith({ DATABASE_URL: app.connectionString }, ...args)
}

function runWith(
  settings: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, ...settings }
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

test('a key is made, listed without its secret, and revoked', async () => {
  const created = await run(
    'create',
    '--name',
    'backend',
    '--scopes',
    'directory:read, users:*',
    '--organization',
    'org_cli',
  )
  expect(created).toMatchObject({ code: 0, stderr: expect.stringContaining('org_cli is new here') as string })
  const secret = created.stdout.trim()
  expect(secret).toMatch(/^rck_[\w-]{43}$/)
  const { viewer } = await query(app.url, secret, WhoAmI)
  expect(viewer).toMatchObject({ organization: { id: 'org_cli' }, scopes: ['directory:read', 'users:*'] })

  const listed = await run('list')
  expect(listed.stdout).toMatch(/^id\tprefix\tname\tscopes\torganization\texpires\trevoked\n/)
  expect(listed.stdout).toMatch(
    new RegExp(
      `^${viewer.id}\\t${secret.slice(0, 10)}\\tbackend\\tdirectory:read,users:\\*\\torg_cli\\tnever\\t$`,
      'm',
    ),
  )
  expect(listed.stdout).not.toContain(secret)

  expect(await run('revoke', '--id', viewer.id)).toMatchObject({ code: 0, stdout: `${viewer.id} is revoked\n` })
  const refused = async () => (await ask(app.url, secret, WhoAmI)).errors?.[0]?.extensions?.code
  await expect.poll(refused, { timeout: 5_000, interval: 50 }).toBe('UNAUTHENTICATED')
  expect((await run('list')).stdout).toContain('\trevoked\n')

  const { rows: told } = await app.db.pool.query(
    `select kind, actor, organization_id as organization from change where detail->>'apiKeyId' = $1 order by position`,
    [viewer.id],
  )
  const by = { actor: 'command line', organization: 'org_cli' }
  expect(told).toEqual([
    { kind: 'API_KEY_CREATED', ...by },
    { kind: 'API_KEY_REVOKED', ...by },
  ])
})

test('an organization that is known already is not called new', async () => {
  const create = () => run('create', '--name', 'backend', '--scopes', '*', '--organization', 'org_known')
  expect((await create()).stderr).toContain('org_known is new here')
  expect(await create()).toMatchObject({ code: 0, stderr: '' })
})

test('whoever asks for help gets it, whatever the database', async () => {
  const { code, stdout, stderr } = await runWith({ DATABASE_URL: 'nonsense' }, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^usage:\n {2}npm run api-key -- create/)
})

test('a key may be made to expire, and to see every organization', async () => {
  const expires = new Date(Date.now() + 3_600_000).toISOString()
  const { stdout } = await run('create', '--name', 'all', '--scopes', '*', '--expires', expires)
  const { viewer } = await query(app.url, stdout.trim(), WhoAmI)
  expect(viewer).toMatchObject({ organization: null, scopes: ['*'] })
  const key = await app.db.prisma.apiKey.findUniqueOrThrow({ where: { id: viewer.id } })
  expect(key).toMatchObject({ expiresAt: new Date(expires), createdBy: 'command line' })
  expect((await run('list')).stdout).toContain(`\tall\t*\tevery organization\t${expires}\t\n`)
})

test('what is wrong is said by the name of the option, and nothing is made', async () => {
  const create = ['create', '--name', 'backend', '--scopes', 'directory:read']
  const complaints: [readonly string[], RegExp][] = [
    [[], /there is no command/],
    [['destroy'], /there is no command destroy/],
    [['create', '--scopes', '*'], /^--name: is required/],
    [['create', '--name', ' ', '--scopes', '*'], /^--name: is required/],
    [['create', '--name', 'backend'], /^--scopes: is required/],
    [['create', '--name', 'backend', '--scopes', 'everything'], /^--scopes: everything is not a scope/],
    [[...create, '--expires', 'tomorrow'], /^--expires: must be a time/],
    [[...create, '--expires', '5'], /^--expires: must be a time/],
    [[...create, '--expires', '2126-02-30T00:00:00Z'], /^--expires: must be a time/],
    [[...create, '--expires', '2020-01-01T00:00:00Z'], /^--expires: must be in the future/],
    [[...create, '--organization', ''], /^--organization: must be an organization's id/],
    [[...create, '--organization', 'Northwind'], /^--organization: must be an organization's id: org_/],
    [[...create, '--organization', 'two words'], /^--organization: must be an organization's id/],
    [['create', '--name', 'x'.repeat(101), '--scopes', '*'], /^--name: must have 1 to 100 characters/],
    [['create', '--name', 'x\napi_key_FORGED', '--scopes', '*'], /^--name: must not contain control characters/],
    [[...create, '--organisation', 'org_cli'], /--organisation/],
    [[...create, 'keys:write'], /^what is keys:write\?/],
    [['revoke'], /^--id: is required/],
    [['revoke', '--id', 'api_key_none'], /^--id: there is no key api_key_none/],
  ]
  const before = await app.db.prisma.apiKey.count()
  const answers = await Promise.all(
    complaints.map(async ([args, complaint]) => ({ args, complaint, ...(await run(...args)) })),
  )
  for (const { args, complaint, code, stdout, stderr } of answers) {
    expect([args, code, stdout]).toEqual([args, 1, ''])
    expect(stderr).toMatch(complaint)
    expect(stderr).toContain('usage:')
    expect(stderr).not.toContain('    at ')
  }
  expect(await app.db.prisma.apiKey.count()).toBe(before)
}, 60_000)

test('a database that cannot be reached is one line, and an empty DATABASE_URL is none', async () => {
  const refused = await runWith({ DATABASE_URL: 'postgresql://user:geheim@127.0.0.1:9/x' }, 'list')
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toMatch(/^DATABASE_URL: the database cannot be reached [^\n]*\n$/)
  expect(refused.stderr).not.toContain('geheim')
  // A server of production would not know the key.
  const nowhere = scratchFolder()
  const embedded = await runWith({ DATABASE_URL: ' ', DATA_DIR: nowhere }, 'create', '--name', 'oops', '--scopes', '*')
  expect(embedded).toMatchObject({ code: 1, stdout: '' })
  expect(embedded.stderr).toMatch(/^DATABASE_URL is not set, and npm run dev has made no database in /)
  expect(readdirSync(nowhere)).toEqual([])
})
