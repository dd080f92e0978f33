// npm run dev: everything on this machine, with nothing set up. With WORKOS_API_KEY it talks to WorkOS, or else to the
// simulator; with DATABASE_URL it uses that database, or else one of its own in DATA_DIR.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startApp } from './app.ts'
import { ConfigError, parseConfig, type Config } from './config.ts'
import { startEmbeddedDatabase } from './db/embedded-database.ts'
import { closeOnSignal, createShutdown } from './lifecycle.ts'
import { createLog } from './log.ts'
import { createSimulator } from './simulator/simulator.ts'

if (existsSync('.env')) process.loadEnvFile('.env')

// How startPostgres begins; what PostgreSQL itself said follows.
const FOLDER_IN_USE = "Another process's PostgreSQL is running on "

const shutdown = createShutdown()
const say = (text: string) => process.stdout.write(`${text}\n`)

async function database(config: Config): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl
  const { connectionString, stop } = await startEmbeddedDatabase(join(config.dataDir, 'postgres'))
  shutdown.add(stop)
  return connectionString
}

async function start(): Promise<void> {
  const config = parseConfig(process.env, 'development')
  const log = createLog(config.logLevel)
  closeOnSignal(shutdown.run, (error) => log.error({ err: error }, 'shutdown'))
  const connectionString = await database(config)
  if (config.workos !== null) {
    const app = await startApp({
      config,
      connectionString,
      workos: config.workos,
      webhookSecrets: config.webhook.secrets,
      log,
    })
    shutdown.add(app.close)
    say(`Rollcall: GraphiQL at ${app.url}/graphql, fed by ${config.workos.baseUrl}`)
    return
  }
  const { port, pacePerMinute } = config.simulator
  const simulator = await createSimulator({ port, pacePerMinute, announces: false })
  shutdown.add(() => simulator.close())
  const workos = { apiKey: simulator.apiKey, clientId: null, baseUrl: simulator.url }
  const app = await startApp({ config, connectionString, workos, webhookSecrets: [simulator.webhookSecret], log })
  shutdown.add(app.close)
  simulator.setWebhook(`${app.url}/webhooks/workos`)
  simulator.announce()
  say(
    `Rollcall: GraphiQL at ${app.url}/graphql, fed by a simulated WorkOS at ${simulator.url}/_simulator (Ctrl-C ends both)`,
  )
}

try {
  await start()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
  await shutdown.run()
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${String(error.port)} is in use: set PORT or SIMULATOR_PORT to another`
  }
  if (error.message.startsWith(FOLDER_IN_USE)) {
    return `${error.message.split(':\n', 1)[0]}: end the other \`npm run dev\`, or set DATA_DIR to another folder`
  }
  return error.stack ?? error.message
}
