// RFC 6455, 5.2: as much of it as an audience needs.
export const TEXT = 1
export const PING = 9
export const PONG = 10

/** Calls `onFrame` with each complete server frame from `at` on. Returns where the first incomplete one begins. */
export function framesOf(bytes: Buffer, at: number, onFrame: (opcode: number, payload: Buffer) => void): number {
  for (;;) {
    if (bytes.length < at + 2) return at
    const short = bytes[at + 1]! & 0x7f
    const head = short === 127 ? 10 : short === 126 ? 4 : 2
    if (bytes.length < at + head) return at
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short
    const end = at + head + length
    if (bytes.length < end) return at
    onFrame(bytes[at]! & 0x0f, bytes.subarray(at + head, end))
    at = end
  }
}

/** Returns a complete client frame. Its mask is zero, which changes nothing and costs nothing. */
export function masked(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length > 125 ? 8 : 6)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (length > 125 ? 126 : length)
  if (length > 125) head.writeUInt16BE(length, 2)
  return Buffer.concat([head, payload])
}
