// npm run dev: everything on this machine, with no setup. With WORKOS_API_KEY it talks to WorkOS, otherwise to the
// simulator; with DATABASE_URL it uses that database, otherwise its own in DATA_DIR.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startApp, type App, type AppOptions } from './app.ts'
import { ConfigError, parseConfig, type Config } from './config.ts'
import { startEmbeddedDatabase } from './db/embedded-database.ts'
import { makeExampleRoles } from './dev-roles.ts'
import { explainStart } from './start/explain-start.ts'
import { closeOnSignal, createShutdown } from './lifecycle.ts'
import { createLog, type Log } from './log/log.ts'
import { createSimulator } from './simulator/simulator.ts'

if (existsSync('.env')) process.loadEnvFile('.env')

const shutdown = createShutdown()
const interrupted = new AbortController()

/** Shuts down in order, at any stage: waits for what is being started, since it may still add steps. */
async function interrupt(): Promise<void> {
  interrupted.abort()
  await started
  await shutdown.run()
}

async function database({ databaseUrl, dataDir }: Config): Promise<string> {
  if (databaseUrl !== null) return databaseUrl
  const folder = join(dataDir, 'postgres')
  const { connectionString, stop } = await startEmbeddedDatabase(folder, {
    signal: interrupted.signal,
    onWait: (ms) => complain(`Waiting up to ${ms / 1000} s for the database of another \`npm run dev\` to end`),
  })
  shutdown.add(stop)
  return connectionString
}

const simulatedIn = (dataDir: string) => join(dataDir, 'simulator.json')

/** A real WorkOS knows nothing of the simulated companies, and people would see both side by side. */
function keepApart({ workos, databaseUrl, dataDir }: Config): void {
  if (workos === null || databaseUrl !== null || !existsSync(simulatedIn(dataDir))) return
  const other = 'with WORKOS_API_KEY, set a different folder, such as .data-workos'
  throw new ConfigError([`DATA_DIR: ${dataDir} holds the simulated companies; ${other}`])
}

async function start(config: Config, log: Log): Promise<void> {
  keepApart(config)
  const connectionString = await database(config)
  const connect = async (workos: AppOptions['workos'], webhookSecrets: readonly string[]): Promise<App> => {
    interrupted.signal.throwIfAborted()
    const app = await startApp({ config, connectionString, workos, webhookSecrets, log })
    shutdown.add(app.close)
    return app
  }
  if (config.workos !== null) {
    const app = await connect(config.workos, config.webhook.secrets)
    return say(`Rollcall: GraphiQL at ${app.url}/graphql, fed by ${config.workos.baseUrl}`)
  }
  const { port, pacePerMinute } = config.simulator
  const simulator = await createSimulator({
    port,
    pacePerMinute,
    announces: false,
    keepIn: simulatedIn(config.dataDir),
  })
  shutdown.add(() => simulator.close())
  const workos = { apiKey: simulator.apiKey, clientId: null, baseUrl: simulator.url }
  const app = await connect(workos, [simulator.webhookSecret])
  // A server that others can reach requires credentials, and there are none yet.
  if (config.allowAnonymous) await makeExampleRoles(app.url)
  simulator.setWebhook(`${app.url}/webhooks/workos`)
  if (!simulator.isRestored) simulator.announce()
  say(
    `Rollcall: GraphiQL at ${app.url}/graphql, fed by a simulated WorkOS at ${simulator.url}/_simulator (Ctrl-C ends both)`,
  )
}

async function startOrExplain(): Promise<void> {
  let config: Config | null = null
  try {
    config = parseConfig(process.env, 'development')
    const log = createLog(config.logLevel)
    await start(config, log)
  } catch (error) {
    if (interrupted.signal.aborted) return
    complain(explainStart(error, config))
    process.exitCode = 1
    await shutdown.run()
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

const started = startOrExplain()
closeOnSignal(interrupt, (error) => complain(String(error)))
