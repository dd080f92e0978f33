// A process that sends mail and does nothing else, until it is killed: node worker-process.ts <database> <mail server>
import { openDatabase } from '../../src/db/database.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { createMail } from '../../src/mail/mail.ts'

const [connectionString, smtpUrl] = process.argv.slice(2) as [string, string]
const complain = (error: unknown) => void process.stderr.write(`${String(error)}\n`)
const db = openDatabase({ connectionString, size: 8, onIdleError: complain })
const mail = createMail({
  db,
  smtpUrl,
  from: { name: '', address: 'no-reply@acme.example' },
  ownerEmail: null,
  ownerCheckMs: 0,
  welcome: null,
  keepsContent: false,
  log: () => {},
})
const ended = new AbortController()
const jobs = startJobs({
  connectionString,
  tasks: mail.tasks,
  concurrency: 4,
  delayMs: 0,
  orphanMs: 200,
  closing: ended.signal,
  log: { done: () => {}, failed: (_task, _id, _attempt, error) => complain(error), worker: () => {} },
  onError: complain,
})
process.once('SIGTERM', () => {
  ended.abort()
  void jobs.close().then(() => db.close())
})
