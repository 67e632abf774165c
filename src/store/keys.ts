const SEGMENT = /^[A-Za-z0-9._-]+$/
/** S3's limit for a whole key is 1,024 bytes, a file system's for one name 255. */
const MAX_KEY = 1000
const MAX_SEGMENT = 200

/** Refuses anything that is no key: a wrong key is a mistake in this program, never a client's. */
export function checkKey(key: string): string {
  if (key.length > MAX_KEY || !key.split('/').every(isSegment)) {
    throw new TypeError(`Expected a store key, got ${JSON.stringify(key.slice(0, 100))}`)
  }
  return key
}

/** The same for a prefix, which is a key with a `/` at its end, or nothing at all where `root` is allowed. */
export function checkPrefix(prefix: string, options: { root: boolean }): string {
  if (prefix === '' && options.root) return prefix
  if (!prefix.endsWith('/')) {
    throw new TypeError(`Expected a prefix with "/" at its end, got ${JSON.stringify(prefix.slice(0, 100))}`)
  }
  checkKey(prefix.slice(0, -1))
  return prefix
}

export function isSegment(name: string): boolean {
  return SEGMENT.test(name) && name !== '.' && name !== '..' && name.length <= MAX_SEGMENT
}
