import type { Readable } from 'node:stream'

/**
 * Bytes by key, in a folder or on S3. Keys are `/`-separated names of `[A-Za-z0-9._-]` (no segment `.` or
 * `..`); anything else is a programming error. The one atomic step is creating a key that is absent: nothing
 * here overwrites. A store that cannot be reached throws `FitserveError('store-unavailable')`, and one that keeps
 * hashes refuses bytes that are not what was stored with `corrupt-artifact`.
 */
export interface Store {
  /** Creates the key with these bytes, whole or not at all. False, and nothing changed, where it is there. */
  create(key: string, bytes: Uint8Array | string): Promise<boolean>
  /** The same with the content of a local file on any file system; the file stays the caller's. */
  createFromFile(key: string, path: string): Promise<boolean>
  /** The bytes, or undefined where the key is absent. */
  read(key: string): Promise<Buffer | undefined>
  /** The bytes as a stream, or undefined where the key is absent. */
  stream(key: string): Promise<Readable | undefined>
  /** The path of a local file with the key's bytes, to be read only, for libraries that need a file. */
  localFile(key: string): Promise<string | undefined>
  has(key: string): Promise<boolean>
  /**
   * The names directly below a prefix (`jobs/`), ascending by code point, files and folders alike, empty where
   * there is none. `after` leaves out the names up to and including it.
   */
  children(prefix: string, options?: { after?: string }): Promise<string[]>
  /** Every key below a prefix (all without one), in any order. Keys that are deleted meanwhile may be among them. */
  entries(prefix: string): AsyncIterable<StoredEntry>
  /**
   * Gives back what processes that died left half stored: temporary files, and uploads in parts older than a day.
   * Answers a name for each; where `dryRun` is set nothing is removed.
   */
  sweep(options: { dryRun: boolean }): Promise<string[]>
  /** Deletes one key; no error where it is absent. */
  delete(key: string): Promise<void>
  /** Deletes every key below a prefix that ends in `/`. */
  deleteBelow(prefix: string): Promise<void>
  /** A new, empty local folder for work in progress; the caller removes it. */
  scratchFolder(): Promise<string>
  /** Rejects where the store does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface StoredEntry {
  key: string
  bytes: number
  /** Milliseconds since it was created, both times by the store's own clock. */
  ageMs: number
}
