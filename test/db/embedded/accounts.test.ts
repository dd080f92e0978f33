import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Account, isRoot, serverAccount } from '../../../src/db/embedded/account.ts'
import { makeHome, makeSocketFolder } from '../../../src/db/embedded/make-home.ts'
import { findDistribution, stagePrograms } from '../../../src/db/embedded/stage-programs.ts'
import { installPackage, settle } from './copied-module.ts'
import { clusterFolder, gone, remember, scratchFolder, start } from './left-behind.ts'
import { spawnOwner } from './owner-process.ts'
import { query } from './query.ts'

vi.setConfig({ testTimeout: 30_000 })

const scratch = scratchFolder()
chmodSync(scratch, 0o755)
installPackage(scratch)

test('PostgreSQL never runs as root, and as nobody else where this process is not root', () => {
  expect(serverAccount('none')?.uid ?? process.getuid?.()).toBeGreaterThan(0)
  expect(serverAccount('none') === null).toBe(!isRoot())
})

// What only root can try: where another user runs the tests, every other test shows what these show.
const asRoot: [string, () => Promise<void>][] = [
  ['an ordinary user starts a server of his own, on an awkward path', ordinaryUser],
  ['data that belong to another user are refused', foreignData],
  ['a socket folder that somebody else made is refused', strangersSockets],
  ['the programs that root staged run for the other account', stagedPrograms],
  ['a user without a name is refused, in PostgreSQL’s words', namelessUser],
  ['a user’s data that root starts a server on stay the user’s', sharedFolder],
  [
    'for root the folder is a link, made even in place of an empty folder, and works after its target was removed',
    link,
  ],
]

test.each(isRoot() ? asRoot : [])('%s', (_name, promise) => {
  expect.hasAssertions()
  return promise()
})

const nobody = () => serverAccount('none')!

/** An account that root would not choose by itself. */
function somebody(): Account {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const accounts = lines
    .map((line) => line.split(':'))
    .map(([, , uid, gid]) => ({ uid: Number(uid), gid: Number(gid) }))
  return accounts.find(({ uid }) => uid > 0 && uid !== nobody().uid) ?? nobody()
}

async function ordinaryUser(): Promise<void> {
  const folder = join(scratch, 'ordinary')
  const dir = clusterFolder(join(folder, 'sp ace/'.repeat(16), 'data'))
  const owner = spawnOwner(dir, settle(folder, nobody(), 'tmp, "1"'))
  const { pid, url } = await owner.started
  expect(await query(url, 'select current_user as role')).toEqual([{ role: 'postgres' }])
  expect(lstatSync(dir).isDirectory()).toBe(true)
  expect(statSync(join(dir, 'data')).uid).toBe(nobody().uid)
  owner.process.kill('SIGKILL')
  expect(await gone(pid)).toBeLessThan(5000)
}

async function foreignData(): Promise<void> {
  const folder = join(scratch, 'foreign')
  const options = settle(folder, nobody())
  const dir = clusterFolder(join(folder, 'cluster'))
  mkdirSync(join(dir, 'data'), { recursive: true })
  chownSync(dir, nobody().uid, nobody().gid)
  expect(await spawnOwner(dir, options).refused).toContain(`${dir}/data belongs to another user (uid 0)`)
}

async function namelessUser(): Promise<void> {
  const folder = join(scratch, 'nameless')
  const options = settle(folder, { uid: 54_321, gid: 54_321 })
  expect(await spawnOwner(clusterFolder(join(folder, 'data')), options).refused).toMatch(/user does not exist/)
}

async function sharedFolder(): Promise<void> {
  const folder = join(scratch, 'shared')
  const options = settle(folder, somebody(), 'too-long-for-a-socket'.repeat(5))
  const dir = clusterFolder(join(folder, 'data'))
  const first = spawnOwner(dir, options)
  const { pid, url } = await first.started
  await query(url, 'create table kept as select 42 as answer')
  first.process.kill('SIGKILL')
  await gone(pid)
  await (await start(dir)).stop()
  const second = spawnOwner(dir, options)
  expect(await query((await second.started).url, 'select * from kept')).toEqual([{ answer: 42 }])
  second.process.kill('SIGKILL')
}

async function link(): Promise<void> {
  const dir = clusterFolder(join(scratch, 'empty'))
  mkdirSync(dir)
  const home = makeHome(dir)
  expect(readlinkSync(dir)).toMatch(/^\/var\/lib\/rollcall\/empty-/)
  rmSync(home, { recursive: true })
  const owner = spawnOwner(dir, { fsync: 'off' })
  expect(await query((await owner.started).url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(realpathSync(dir)).toBe(home)
  owner.process.kill('SIGKILL')
}

async function stagedPrograms(): Promise<void> {
  const programs = await stagePrograms(scratch, findDistribution(), nobody())
  const { stdout } = spawnSync(join(programs, 'initdb'), ['--version'], { ...nobody(), cwd: '/', encoding: 'utf8' })
  expect(stdout).toContain('initdb (PostgreSQL) 18')
}

function strangersSockets(): Promise<void> {
  const folder = makeSocketFolder(join(scratch, 'sockets'), nobody())
  remember(undefined, folder)
  expect(makeSocketFolder(join(scratch, 'sockets'), nobody())).toBe(folder)
  chownSync(folder, 54_321, 54_321)
  expect(() => makeSocketFolder(join(scratch, 'sockets'), nobody())).toThrow('belongs to another user (uid 54321)')
  return Promise.resolve()
}
