/** Characters of one name in a key. */
const SEGMENT = /^[A-Za-z0-9._-]+$/
/** Limit on a key, in characters: S3 allows 1,024 bytes. */
const MAX_KEY = 1000
/** Limit on one name in a key, in characters: file systems allow 255 bytes. */
const MAX_SEGMENT = 200

/**
 * Returns the key, checked. @throws TypeError if it is not a key: that is a mistake in this program, never a client's
 */
export function checkKey(key: string): string {
  if (key.length > MAX_KEY || !key.split('/').every(isSegment)) {
    throw new TypeError(`Expected a store key, got ${JSON.stringify(key.slice(0, 100))}`)
  }
  return key
}

/** Returns the prefix, checked: a key with a `/` at its end, or an empty text if `root` is set. @throws TypeError */
export function checkPrefix(prefix: string, options: { root: boolean }): string {
  if (prefix === '' && options.root) return prefix
  if (!prefix.endsWith('/')) {
    throw new TypeError(`Expected a prefix with "/" at its end, got ${JSON.stringify(prefix.slice(0, 100))}`)
  }
  checkKey(prefix.slice(0, -1))
  return prefix
}

/** Returns whether a text can be one name in a key. */
export function isSegment(name: string): boolean {
  return SEGMENT.test(name) && name !== '.' && name !== '..' && name.length <= MAX_SEGMENT
}
