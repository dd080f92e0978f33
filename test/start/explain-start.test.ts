import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../src/app.ts'
import { parseConfig, type Config } from '../../src/config.ts'
import { explainStart } from '../../src/start/explain-start.ts'
import { createLog } from '../../src/log/log.ts'
import { createTestDatabase } from '../support/database.ts'

const LONG = process.env.LONG_TESTS === '1'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let admin: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client({ connectionString: database.connectionString })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await database.drop()
})

const production = { WORKOS_API_KEY: 'sk_test', WORKOS_WEBHOOK_SECRET: 'whsec_test' }

const quiet = { CATCH_UP_INTERVAL_MS: '0', DIRECTORY_POLL_MS: '0', SYNC_CONCURRENCY: '0' }

/** What a program that does not start says; it must end by itself. */
function complaint(entry: 'main.js' | 'dev.ts', env: Readonly<Record<string, string>>): Promise<string> {
  const program = fileURLToPath(new URL(`../../src/${entry}`, import.meta.url))
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const given = { PATH, NODE_COMPILE_CACHE, HOST: '127.0.0.1', PORT: '0', SIMULATOR_PORT: '0', ...env }
  return new Promise((resolve, reject) => {
    const options = { env: { ...quiet, ...given }, cwd: tmpdir(), timeout: 30_000 }
    execFile(process.execPath, [program], options, (error, _stdout, stderr) => {
      if (error?.code === 1) resolve(stderr)
      else reject(new Error(`It ended with ${error?.code}: ${stderr}`))
    })
  })
}

/** The same of a start in this process, which does not take a second. */
async function complaintHere(env: Readonly<Record<string, string>>): Promise<string> {
  let config: Config | null = null
  try {
    config = parseConfig({ ...quiet, HOST: '127.0.0.1', PORT: '0', ...env }, 'production')
    const { databaseUrl, workos, webhook } = config
    const log = createLog('silent')
    const app = await startApp({
      config,
      connectionString: databaseUrl!,
      workos: workos!,
      webhookSecrets: webhook.secrets,
      log,
    })
    await app.close()
  } catch (error) {
    return `${explainStart(error, config)}\n`
  }
  throw new Error('It started')
}

const lineOf = (setting: string, what: string) => new RegExp(`^${setting}: [^\\n]*${what}[^\\n]*\\n$`)

test('the setting that keeps it from starting is named in one line', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const at = (part: string) => `postgresql://user:geheim@${part}`
  const DATABASE_URL = database.connectionString
  const wrong: [Record<string, string>, RegExp][] = [
    [{ DATABASE_URL, PORT: String(port) }, lineOf('PORT', `port ${port} is in use`)],
    [{ DATABASE_URL, HOST: 'nowhere.invalid' }, lineOf('HOST', 'nowhere.invalid cannot be resolved')],
    [{ DATABASE_URL, HOST: '192.0.2.1' }, lineOf('HOST', '192.0.2.1 is not an address of this machine')],
    [{ DATABASE_URL: at('127.0.0.1:9/x') }, lineOf('DATABASE_URL', 'ECONNREFUSED')],
    [{ DATABASE_URL: at('/x?host=%2Fnowhere') }, lineOf('DATABASE_URL', 'ENOENT')],
    [{ DATABASE_URL: at('nowhere.invalid/x') }, lineOf('DATABASE_URL', 'nowhere.invalid')],
    [{ DATABASE_URL: DATABASE_URL.replace(/\/test_\w+/, '/none') }, lineOf('DATABASE_URL', 'no such database')],
    [{ DATABASE_URL: DATABASE_URL.replace('postgres@', 'stranger:geheim@') }, lineOf('DATABASE_URL', 'stranger')],
    [
      { DATABASE_URL: at('[::zz/x') },
      /^The settings cannot be used:\n- DATABASE_URL: is not a valid database address\n$/,
    ],
  ]
  for (const [place, [env, expected]] of wrong.entries()) {
    const given = { ...production, ...env }
    const said = [await complaintHere(given)]
    // Of each kind one, as the programs themselves say it.
    if (LONG || [0, 3, 8].includes(place)) said.push(await complaint('main.js', given))
    if (LONG || place === 0) said.push(await complaint('dev.ts', given))
    for (const line of said) {
      expect(line).toMatch(expected)
      expect(line).not.toContain('geheim')
    }
  }
  other.close()
})

test('a right that the user lacks is named, on an empty database and on one that is migrated', async () => {
  const role = `weak_${process.pid}`
  await admin.query(`create role ${role} login`)
  await admin.query(`create database ${role}`)
  try {
    for (const name of [role, null]) {
      const base = database.connectionString.replace('postgres@', `${role}@`)
      const DATABASE_URL = name === null ? base : base.replace(/\/test_\w+/, `/${name}`)
      expect(await complaintHere({ ...production, DATABASE_URL })).toMatch(
        lineOf('DATABASE_URL', 'lacks a required privilege.*permission denied'),
      )
    }
  } finally {
    await admin.query(`drop database ${role} with (force)`)
    await admin.query(`drop role ${role}`)
  }
})

test('development names its folder where that is a file', async () => {
  const DATA_DIR = fileURLToPath(import.meta.url)
  expect(await complaint('dev.ts', { DATA_DIR })).toMatch(lineOf('DATA_DIR', 'ENOTDIR'))
})

test('what no process can be made to meet on every machine is told the same way', () => {
  const fault = (message: string, more: object) => Object.assign(new Error(message), more)
  const dev = parseConfig({ DATA_DIR: '/srv/data' }, 'development')
  const main = parseConfig({ DATABASE_URL: 'postgresql://db/x' }, 'development')
  const cases: [Error, typeof dev, RegExp][] = [
    [
      fault('EACCES: mkdir', { code: 'EACCES', syscall: 'mkdir', path: '/srv/data/postgres' }),
      dev,
      /^DATA_DIR: .*EACCES/,
    ],
    [fault('EACCES: mkdir', { code: 'EACCES', syscall: 'mkdir', path: '/srv/data' }), dev, /^DATA_DIR: .*EACCES/],
    [fault('listen EADDRINUSE', { code: 'EADDRINUSE', syscall: 'listen', port: 3001 }), dev, /^SIMULATOR_PORT: .*3001/],
    [
      fault('listen EACCES', { code: 'EACCES', syscall: 'listen', port: 80 }),
      main,
      /^PORT: this user may not use port 80 /,
    ],
    [fault('connect ETIMEDOUT', { code: 'ETIMEDOUT', syscall: 'connect' }), main, /^DATABASE_URL: .*ETIMEDOUT/],
    [fault('password authentication failed for user "u"', { code: '28P01' }), main, /^DATABASE_URL: .*password/],
    [fault('timeout expired', {}), main, /^DATABASE_URL: .*timeout expired/],
  ]
  for (const [error, config, expected] of cases) {
    const said = explainStart(error, config)
    expect(said).toMatch(expected)
    expect(said).not.toContain('\n')
  }
})

test('what nobody foresaw keeps its stack', () => {
  const config = parseConfig({ DATABASE_URL: 'postgresql://db/x' }, 'development')
  const unforeseen = new TypeError('x is not a function')
  expect(explainStart(unforeseen, config)).toBe(unforeseen.stack)
  const elsewhere = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: '/elsewhere' })
  expect(explainStart(elsewhere, config)).toBe(elsewhere.stack)
  expect(explainStart(elsewhere, parseConfig({}, 'development'))).toBe(elsewhere.stack)
})
