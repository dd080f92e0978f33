// RFC 6455, 5.5: a control frame has at most 125 bytes, two of which are the code.
const LONGEST_REASON = 123

/** Returns as much of a reason as can be sent when a socket is closed. */
export function reasonToSend(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, LONGEST_REASON)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}
