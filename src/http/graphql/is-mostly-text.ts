const MAX_PARTS = 10_000
const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const PARTS = new Set(Buffer.from('[{,'))

/**
 * Whether JSON text consists of few parts, however long they are, like an inline list. Parsing the same number of bytes
 * of nothing but brackets would take a hundred times the memory and block all other requests meanwhile (law 10).
 */
export function isMostlyText(json: Uint8Array): boolean {
  let parts = 0
  let inText = false
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]!
    if (inText && byte === BACKSLASH) at += 1
    else if (byte === QUOTE) inText = !inText
    else if (!inText && PARTS.has(byte) && (parts += 1) > MAX_PARTS) return false
  }
  return true
}
