// npm start: production. Refuses to start without its settings, and names them all at once.
import { setFlagsFromString } from 'node:v8'
import { startApp } from './app.ts'
import { parseConfig, type Config } from './config.ts'
import { explainStart } from './explain-start.ts'
import { closeOnSignal } from './lifecycle.ts'
import { createLog } from './log.ts'

// Left to itself, V8 collects old garbage only when it is several times what lives: a first sync of 150,000 people, which
// makes gigabytes of it, took 600 MB for 70 that were in use. At half of what lives it took no longer, and 400.
setFlagsFromString('--heap-growing-percent=50')

let config: Config | null = null
try {
  config = parseConfig(process.env, 'production')
  const log = createLog(config.logLevel)
  const { secrets } = config.webhook
  const app = await startApp({
    config,
    connectionString: config.databaseUrl!,
    workos: config.workos!,
    webhookSecrets: secrets,
    log,
  })
  log.info({ url: app.url }, 'listening')
  closeOnSignal(app.close, (error) => log.error({ err: error }, 'shutdown'))
} catch (error) {
  process.stderr.write(`${explainStart(error, config)}\n`)
  process.exitCode = 1
}
