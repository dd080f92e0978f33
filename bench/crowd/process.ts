// Many sockets in a separate process. The protocol is hand-written, over one buffer that all of them read into: the
// audience takes time from the cores being measured.
import { randomBytes, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { framesOf, masked, TEXT, PING, PONG } from './frames.ts'
import type { Asked, Told } from './messages.ts'

const AT_ONCE = 50
const HEAD_END = Buffer.from('\r\n\r\n')
const shared = Buffer.allocUnsafeSlow(2 ** 20)

let heard = 0
let wanted = 0
let first: Buffer | null = null
let from = 0 // where a message's own id ends

const tell = (told: Told) => void process.send!(told)
const fail = (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) })
process.on('uncaughtException', fail)
process.once('disconnect', () => process.exit())
process.on('message', (asked: Asked) => {
  if ('open' in asked) return void openAll(asked.open).then(() => tell({ opened: true }), fail)
  if (heard !== wanted) return fail(`${heard} messages came instead of ${wanted}`)
  ;[heard, wanted, first] = [0, asked.expect, null]
  tell({ waiting: true })
})

function onText(text: Buffer): void {
  heard += 1
  if (heard > wanted) return fail(`More was told than was expected: ${text.toString()}`)
  first ??= Buffer.from(text)
  if (text.length !== first.length || text.compare(first, from, undefined, from) !== 0)
    return fail(`Not everybody was told the same: ${text.toString()}`)
  if (heard !== wanted) return
  tell({ last: String(process.hrtime.bigint()), text: first.toString() })
}

async function openAll({ port, path, count, hello, subscriptions }: Extract<Asked, { open: object }>['open']) {
  from = subscriptions.length === 0 ? 0 : `{"id":"${randomUUID()}`.length
  const numbers = Array.from({ length: count }, (_, n) => n).values()
  const open = async () => {
    for (const n of numbers) {
      const payload = subscriptions[n % Math.max(1, subscriptions.length)]
      await openOne(port, path, hello, payload === undefined ? null : { id: randomUUID(), type: 'subscribe', payload })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, open))
}

/** Resolves when it is open or, if it has a subscription, when that has been sent. */
function openOne(port: number, path: string, hello: object | null, subscribe: object | null): Promise<void> {
  const opened = Promise.withResolvers<void>()
  let rest: Buffer = Buffer.alloc(0)
  let answer = (text: Buffer): void => onText(text)
  const say = (message: object) => socket.write(masked(TEXT, Buffer.from(JSON.stringify(message))))

  function onHead(head: string): void {
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`The server answered ${head}`)
    if (hello === null || subscribe === null) return opened.resolve()
    answer = (text) => {
      if (!text.includes('"connection_ack"')) throw new Error(`The server answered ${text.toString()}`)
      answer = onText
      say(subscribe)
      opened.resolve()
    }
    say(hello)
  }

  let open = false
  const onBytes = (bytes: Buffer): void => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    let at = 0
    if (!open) {
      const end = all.indexOf(HEAD_END)
      open = end !== -1
      if (open) onHead(all.toString('latin1', 0, end))
      at = open ? end + HEAD_END.length : 0
    }
    if (open)
      at = framesOf(all, at, (opcode, payload) => {
        if (opcode === TEXT) answer(payload)
        else if (opcode === PING) socket.write(masked(PONG, payload))
        else throw new Error(`A frame of kind ${opcode} came: ${payload.toString()}`)
      })
    rest = at === all.length ? Buffer.alloc(0) : Buffer.from(all.subarray(at))
  }

  const socket: Socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: shared,
      callback: (size, buffer) => {
        onBytes((buffer as Buffer).subarray(0, size))
        return true
      },
    },
  })
  socket.once('error', opened.reject)
  socket.once('close', () => fail(`The server hung up when ${heard} of ${wanted} had been told`))
  const protocol = hello === null ? '' : 'Sec-WebSocket-Protocol: graphql-transport-ws\r\n'
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${protocol}\r\n`,
  )
  return opened.promise
}
