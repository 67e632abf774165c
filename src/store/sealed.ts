import { createHash } from 'node:crypto'

/** At the end of a sealed text: the SHA-256 of what it was before it was sealed. */
const SEAL = /,"seal":"([0-9a-f]{64})"\}$/

/**
 * An object as JSON that shows by itself whether it is what was written: its last member is the SHA-256 of the JSON
 * without it. A disk may turn a digit into another, which no schema sees.
 */
export function seal(value: object): string {
  const text = JSON.stringify(value)
  // An empty object has nothing that could turn into something else.
  return text === '{}' ? text : `${text.slice(0, -1)},"seal":"${sha256(text)}"}`
}

/**
 * Reads what `seal` gave. What has no seal is taken as it is: files of earlier releases had none.
 * @throws SyntaxError where it is no JSON, or not what was written
 */
export function unseal(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const found = SEAL.exec(text)
  if (!found) return JSON.parse(text)
  const own = `${text.slice(0, found.index)}}`
  if (sha256(own) !== found[1]) throw new SyntaxError('It is not what was written.')
  return JSON.parse(own)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
