import { createHash } from 'node:crypto'

/** The end of a sealed text: the SHA-256 of the JSON before it was sealed. */
const SEAL = /,"seal":"([0-9a-f]{64})"\}$/

/**
 * Returns an object as JSON with a seal: its last member is the SHA-256 of the JSON without it. So a reader notices
 * when a disk has turned a digit into another, which no schema would show.
 */
export function seal(value: object): string {
  const text = JSON.stringify(value)
  // An empty object holds nothing that could be damaged.
  return text === '{}' ? text : `${text.slice(0, -1)},"seal":"${sha256(text)}"}`
}

/**
 * Reads a text that `seal` made. JSON without a seal is taken as it is: files of earlier releases have none.
 * @throws SyntaxError if it is not JSON, or its seal does not match
 */
export function unseal(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const found = SEAL.exec(text)
  if (!found) return JSON.parse(text)
  const own = `${text.slice(0, found.index)}}`
  if (sha256(own) !== found[1]) throw new SyntaxError('The content does not match its seal.')
  return JSON.parse(own)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
