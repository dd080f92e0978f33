import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { serverAccount } from '../../../src/db/embedded/account.ts'
import { clusterFolder, gone, isRunning, remember, scratchFolder, start } from './left-behind.ts'
import { spawnOwner } from './owner-process.ts'
import { query } from './query.ts'

vi.setConfig({ testTimeout: 30_000 })

const dir = clusterFolder(join(scratchFolder(), 'contended'))
const linux = process.platform === 'linux'

test('of three processes on one new folder one has a server at a time, and each takes over from the last', async () => {
  const owners = [1, 2, 3].map(() => spawnOwner(dir, { fsync: 'off' }))
  const servers: number[] = []
  const waiting = new Map(owners.map((owner) => [owner, owner.started.then((server) => ({ owner, ...server }))]))
  while (waiting.size > 0) {
    const { owner, pid, url } = await Promise.race(waiting.values())
    waiting.delete(owner)
    expect(servers.filter(isRunning)).toEqual([])
    servers.push(pid)
    await query(url, `create table if not exists owners (pid int); insert into owners values (${pid})`)
    await sleep(300) // the others go on trying
    expect(await query(url, 'select pid from owners')).toEqual(servers.map((pid) => ({ pid })))
    owner.process.kill('SIGKILL')
  }
  expect(new Set(servers).size).toBe(3)
})

describe('while another process has the folder', () => {
  afterEach(() => vi.useRealTimers())

  test('a start gives up after a while, and the other is not disturbed', async () => {
    const owner = spawnOwner(dir, { fsync: 'off' })
    const { pid, url } = await owner.started
    const lock = join(realpathSync(dir), 'data/postmaster.pid')
    const held = readFileSync(lock, 'utf8')
    const refused = start(dir)
    const outcome = refused.catch((error: unknown) => error)
    await sleep(500)
    expect(await Promise.race([outcome, Promise.resolve('still waiting')])).toBe('still waiting')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 16_000 })
    await expect(refused).rejects.toThrow(`Another process's PostgreSQL is running on ${dir}`)
    expect(isRunning(pid)).toBe(true)
    expect(readFileSync(lock, 'utf8')).toBe(held) // without it the server would end within a minute
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
    owner.process.kill('SIGKILL')
    await gone(pid)
  })
})

describe('lock files of a server that is no more do not hinder a start, when', () => {
  const strangers: ChildProcess[] = []

  // As in a restarted container, where the ids begin again. The stranger has the server's account: PostgreSQL itself
  // does not mind other accounts' processes.
  const program = async (name: string) => {
    const child = spawn('/bin/sh', ['-c', 'read -r _'], { ...serverAccount(data()), argv0: name, cwd: '/' })
    strangers.push(child)
    await once(child, 'spawn')
    remember(child.pid)
    return String(child.pid)
  }
  const zombie = async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.1 & echo $!; exec cat >&2'], { ...serverAccount(data()), cwd: '/' })
    strangers.push(parent)
    remember(parent.pid)
    const [id] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = id.toString().trim()
    while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await sleep(10)
    return pid
  }
  const data = () => join(realpathSync(dir), 'data')

  afterEach(async () => {
    for (const child of strangers.splice(0)) {
      child.stdin?.end()
      await once(child, 'exit')
    }
  })

  const cases: [string, () => Promise<string>][] = [
    ['nobody has the process id', () => Promise.resolve('4194304')],
    ['they are empty', () => Promise.resolve('')],
  ]
  if (linux) {
    cases.push(
      ['the process id is another program’s', () => program('sh')],
      ['the process id is that of a server on another folder', () => program('/other/bin/postgres')],
      ['the process id is a zombie’s', zombie],
    )
  }

  test.each(cases)('%s', async (_name, stranger) => {
    const crashed = await start(dir)
    const locks = [join(data(), 'postmaster.pid'), join(crashed.host, '.s.PGSQL.5432.lock')]
    process.kill(crashed.pid, 'SIGKILL')
    await crashed.exited
    const pid = await stranger()
    for (const lock of locks) writeFileSync(lock, pid && readFileSync(lock, 'utf8').replace(/^\d+/, pid))
    const server = await start(dir)
    expect(await query(server.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })
})
