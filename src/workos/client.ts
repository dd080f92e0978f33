import { WorkOS } from '@workos-inc/node'
import { signAtOnce } from './sign-at-once.ts'

export interface WorkosOptions {
  readonly apiKey: string
  readonly clientId: string | null
  /** https://api.workos.com, or the simulator's. */
  readonly baseUrl: string
  /** How often a call is retried; by default the SDK's own 3, which may take minutes if it is told to wait. */
  readonly maxRetries?: number
}

/**
 * The official SDK, pointed at `baseUrl`. It retries by itself: 408, 429 with Retry-After, 5xx and broken connections.
 * `onAnswer` is called with every answer, and `onNone` with the URL of every call that was not answered.
 */
export function createWorkos(
  { apiKey, clientId, baseUrl, maxRetries }: WorkosOptions,
  onAnswer: (answer: Response) => void = () => {},
  onNone: (url: string) => void = () => {},
): WorkOS {
  const { hostname, port, protocol } = new URL(baseUrl)
  return new QuickWorkOS(apiKey, {
    apiHostname: hostname,
    https: protocol === 'https:',
    timeout: 10_000,
    fetchFn: async (...request) => {
      const answer = await fetch(...request).catch((error: unknown) => {
        const [asked] = request
        onNone(asked instanceof Request ? asked.url : asked.toString())
        throw error
      })
      onAnswer(answer)
      return answer
    },
    ...(port === '' ? {} : { port: Number(port) }),
    ...(clientId === null ? {} : { clientId }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  })
}

class QuickWorkOS extends WorkOS {
  override getCryptoProvider(): ReturnType<WorkOS['getCryptoProvider']> {
    return signAtOnce(super.getCryptoProvider())
  }
}
