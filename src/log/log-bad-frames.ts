import type { Log } from './log.ts'

/** What a client sends is no fault of ours, and is logged like its requests. */
export function logBadFrames(log: Log): (error: Error) => void {
  return ({ message }) => log.info({ reason: message }, 'socket closed for what it sent')
}
