import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import type { EmbeddedPostgres } from '../../../src/db/embedded/start-postgres.ts'
import { isRunning, scratchFolder, start } from './left-behind.ts'
import { query } from './query.ts'

const scratch = scratchFolder()
const dir = join(scratch, 'shared')
let server: EmbeddedPostgres

beforeAll(async () => {
  server = await start(dir)
}, 30_000)

/** Stops the server, does `meanwhile`, and starts it again. */
async function restart(meanwhile: () => void = () => {}): Promise<void> {
  await server.stop()
  meanwhile()
  server = await start(dir)
}

describe('a server', () => {
  test('answers the current user, who needs no password', async () => {
    const [row] = await query(server.url('postgres'), 'select current_user as role, inet_server_addr() as network')
    expect(row).toEqual({ role: 'postgres', network: null })
  })

  test('answers pg by its socket folder', async () => {
    const client = new Client({ host: server.host, port: 5432, user: 'postgres', database: 'postgres' })
    await client.connect()
    const { rows } = await client.query('select 1 as one')
    await client.end()
    expect(rows).toEqual([{ one: 1 }])
  })

  test('speaks UTF-8 and UTC whatever the environment says', async () => {
    const [row] = await query(
      server.url('postgres'),
      `select current_setting('server_encoding') as encoding, current_setting('timezone') as zone, lower('É') as lower`,
    )
    expect(row).toEqual({ encoding: 'UTF8', zone: 'UTC', lower: 'é' })
  })

  test('takes settings by name', async () => {
    expect(await query(server.url('postgres'), 'show fsync')).toEqual([{ fsync: 'off' }])
  })

  test('has the extensions, and the libraries that they need', async () => {
    await query(server.url('postgres'), 'create extension citext; create extension pg_trgm; create extension unaccent')
    const sorted = await query(
      server.url('postgres'),
      `select 'a' < 'B' collate "und-x-icu" as by_people, 'a' < 'B' as by_code`,
    )
    expect(sorted).toEqual([{ by_people: true, by_code: false }])
  })

  test('is reached under names that an address has to escape', async () => {
    await query(server.url('postgres'), 'create database "a b ü"')
    expect(await query(server.url('a b ü'), 'select current_database() as name')).toEqual([{ name: 'a b ü' }])
  })

  test('lets nobody else in: its socket and its data are closed to others, and no port is open', async () => {
    for (const folder of [server.host, join(realpathSync(dir), 'data')])
      expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(await query(server.url('postgres'), 'show listen_addresses')).toEqual([{ listen_addresses: '' }])
    const { uid } = lstatSync(server.host)
    expect(uid).toBe(statSync(join(realpathSync(dir), 'data')).uid)
    expect(uid).not.toBe(0)
  })

  test('keeps its data over stop and start', async () => {
    await query(server.url('postgres'), 'create table kept as select 42 as answer')
    const { pid } = server
    await restart()
    expect(isRunning(pid)).toBe(false)
    expect(readFileSync(join(realpathSync(dir), 'postgres.log'), 'utf8')).not.toContain('not properly shut down')
    expect(await query(server.url('postgres'), 'select * from kept')).toEqual([{ answer: 42 }])
  })

  test('may be stopped twice, and tells that it ended', async () => {
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    await expect(server.exited).resolves.toBeUndefined()
    server = await start(dir)
  })

  test('is back after it crashed by itself', async () => {
    process.kill(server.pid, 'SIGKILL')
    await server.exited
    server = await start(dir)
    expect(await query(server.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('of another major version is refused, and the message names the folder', async () => {
    const file = join(realpathSync(dir), 'data/PG_VERSION')
    const version = readFileSync(file, 'utf8')
    await server.stop()
    writeFileSync(file, '17\n')
    const refused = start(dir)
    await expect(refused).rejects.toThrow(`${dir} holds the data of PostgreSQL 17, and this is PostgreSQL 18`)
    await expect(refused).rejects.toThrow('DATABASE_URL')
    writeFileSync(file, version)
    server = await start(dir)
  })

  test('that does not start says why', async () => {
    await server.stop()
    await expect(start(dir, { shared_buffers: 'much' })).rejects.toThrow(
      /did not start.*\n.*invalid value.*"shared_buffers"/,
    )
    server = await start(dir)
  })

  test('clears away what a killed process left unfinished, but not what another is at', async () => {
    const [old, recent] = ['old', 'recent'].map((name) => join(realpathSync(dir), `data.unfinished-${name}`)) as [
      string,
      string,
    ]
    mkdirSync(old)
    mkdirSync(recent)
    utimesSync(old, 0, Date.now() / 1000 - 2 * 60 * 60)
    await restart()
    expect([existsSync(old), existsSync(recent)]).toEqual([false, true])
  })

  test('leaves nothing when it is destroyed', async () => {
    const home = realpathSync(dir)
    await server.destroy()
    expect([home, server.host, dir].filter((path) => existsSync(path))).toEqual([])
    expect(isRunning(server.pid)).toBe(false)
    await expect(server.destroy()).resolves.toBeUndefined()
  })
})
