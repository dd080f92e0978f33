import { WebSocket } from 'ws'

/** Returns sockets that state a reason with a close code for which `ws` itself gives none. */
export function withReason(code: number, reason: string): typeof WebSocket {
  return class extends WebSocket {
    override close(given?: number, why?: string | Buffer): void {
      super.close(given, why ?? (given === code ? reason : undefined))
    }
  }
}
