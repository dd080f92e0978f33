// A program for owner-process.ts: starts a server on the folder given, tells what came of it, and does as it is told.
import { startPostgres } from '../../../src/db/embedded/start-postgres.ts'
import type { Report } from './owner-process.ts'

function letGo(): void {
  process.removeAllListeners('disconnect')
  process.disconnect()
}

function fail(): never {
  throw new Error('as ordered')
}

const tell = (report: Report | 'carrying on', then?: () => void) => process.send?.(report, undefined, undefined, then)

process.umask(0o077) // what is made for another account has to be open to it nonetheless
process.on('disconnect', () => process.exit()) // the test process died
process.on('message', (order) => {
  if (order === 'exit') process.exit()
  if (order === 'idle') letGo()
  if (order === 'carry on') process.on('SIGINT', () => tell('carrying on'))
  if (order === 'throw') setTimeout(fail)
})

try {
  const { pid, host, url } = await startPostgres(process.argv[2]!, { fsync: process.argv[3] ?? 'on' })
  tell({ pid, host, url: url('postgres') })
} catch (error) {
  tell({ error: String(error) }, () => process.exit())
}
