import { resolve, sep } from 'node:path'
import { ConfigError, type Config } from '../config.ts'
import { FolderInUseError } from '../db/embedded/start-postgres.ts'
import { whyUnusable } from '../db/errors.ts'

/** The settings that starting a program depends on. A command that does not listen has neither host nor ports. */
type StartSettings = Pick<Config, 'databaseUrl' | 'dataDir'> &
  Partial<Pick<Config, 'mode' | 'host' | 'port' | 'simulator'>>

/**
 * Returns why a program did not start, in a line that names the setting to look at; `settings` is null if they could
 * not be read. An unforeseen error is a bug of ours and keeps its stack.
 */
export function explainStart(error: unknown, settings: StartSettings | null): string {
  if (error instanceof ConfigError) return error.message
  if (error instanceof FolderInUseError)
    return `DATA_DIR: another process's PostgreSQL is running on ${error.dir}: stop the other \`npm run dev\`, or set a different folder`
  if (!(error instanceof Error)) return String(error)
  const known = settings && (ofListening(error, settings) ?? ofDatabase(error, settings) ?? ofFolder(error, settings))
  return known ?? error.stack ?? error.message
}

// What Node's system errors have: https://nodejs.org/api/errors.html#class-systemerror
interface SystemFault extends Error {
  readonly code?: string
  readonly syscall?: string
  readonly hostname?: string
  readonly port?: number
  readonly path?: string
}

function ofListening({ code, syscall, hostname, port, message }: SystemFault, settings: StartSettings): string | null {
  const { host } = settings
  if (syscall === 'getaddrinfo' && host !== undefined && hostname === host)
    return `HOST: ${host} cannot be resolved (${code})`
  if (syscall !== 'listen') return null
  if (code === 'EADDRNOTAVAIL') return `HOST: ${host} is not an address of this machine`
  const name = nameOfPort(port, settings)
  if (code === 'EADDRINUSE') return `${name}: port ${port} is in use; stop what uses it, or set a different one`
  return code === 'EACCES' ? `${name}: this user may not use port ${port} (${message})` : null
}

// The simulator listens first: if both are to use one port, the server is the one that finds it taken.
function nameOfPort(port: number | undefined, settings: StartSettings): string {
  const isSimulators = settings.mode === 'development' && port === settings.simulator?.port && port !== settings.port
  return isSimulators ? 'SIMULATOR_PORT' : 'PORT'
}

function ofDatabase(error: Error, { databaseUrl }: StartSettings): string | null {
  const why = databaseUrl === null ? null : whyUnusable(error)
  return why === null ? null : `DATABASE_URL: ${why}`
}

const OF_FOLDERS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ENOSPC', 'ENAMETOOLONG'])

function ofFolder({ code, path, message }: SystemFault, { databaseUrl, dataDir }: StartSettings): string | null {
  if (databaseUrl !== null || code === undefined || path === undefined || !OF_FOLDERS.has(code)) return null
  const isInside = `${resolve(path)}${sep}`.startsWith(`${resolve(dataDir)}${sep}`)
  const isAbove = resolve(dataDir).startsWith(`${resolve(path)}${sep}`)
  return isInside || isAbove ? `DATA_DIR: ${dataDir} cannot hold the database (${message})` : null
}
