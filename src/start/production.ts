import { startApp } from '../app.ts'
import { parseConfig, type Config } from '../config.ts'
import { closeOnSignal } from '../lifecycle.ts'
import { createLog } from '../log/log.ts'

/** Starts the server with these settings. If it cannot, prints every reason at once and sets exit code 1. */
export async function startProduction(env: NodeJS.ProcessEnv): Promise<void> {
  let config: Config | null = null
  try {
    config = parseConfig(env, 'production')
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
    log.flush()
    closeOnSignal(app.close, (error) => log.error({ err: error }, 'shutdown'))
  } catch (error) {
    const { explainStart } = await import('./explain-start.ts')
    process.stderr.write(`${explainStart(error, config)}\n`)
    process.exitCode = 1
  }
}
