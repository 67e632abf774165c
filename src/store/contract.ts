/*
 * The interface of the store: everything lasting is kept here as bytes by key, in a folder or on S3. Creating a key
 * that is absent is the only way to write. The room also has what is built on that alone: values with a seal
 * (sealed-values.ts) and numbered lists (numbered.ts). It does not know what the bytes mean: models and versions are in
 * `registry/`, data sets in `datasets/`, jobs in `jobs/records/`.
 *
 * Start with `Store` below, then folder.ts, which is the shorter of the two stores; s3/s3.ts is the other. The suite in
 * `test/contracts/` holds both to this contract.
 */
import type { Readable } from 'node:stream'

/**
 * Bytes by key, in a folder or on S3. Keys are `/`-separated names of `[A-Za-z0-9._-]` (no segment `.` or
 * `..`); anything else is a programming error. The one atomic step is creating a key that is absent: nothing
 * here overwrites. A store that cannot be reached throws `FitserveError('store-unavailable')`, and one that keeps
 * hashes refuses bytes that are not what was stored with `corrupt-artifact`.
 */
export interface Store {
  /** Creates the key with these bytes, whole or not at all. Returns false, and changes nothing, if the key exists. */
  create(key: string, bytes: Uint8Array | string): Promise<boolean>
  /**
   * Like `create`, with the content of a local file on any file system. The file stays the caller's.
   * @param options.finished true if nobody writes to the file any more, so that it need not be copied. Default: false
   */
  createFromFile(key: string, path: string, options?: { finished?: boolean }): Promise<boolean>
  /** Returns the bytes, or undefined if the key is absent. */
  read(key: string): Promise<Buffer | undefined>
  /**
   * Returns the bytes as a stream, or undefined if the key is absent.
   * @param range only the bytes from `from` to `to`, both included and counted from 0; they must exist
   */
  stream(key: string, range?: ByteRange): Promise<Readable | undefined>
  /** Returns the path of a local file with the key's bytes, for libraries that need a file; undefined if the key is absent.
   * The file must not be changed. */
  localFile(key: string): Promise<string | undefined>
  /** Returns whether the key exists. */
  has(key: string): Promise<boolean>
  /**
   * Returns the names directly below a prefix (`jobs/`), files and folders alike, ascending by code point; an empty
   * list if nothing is there. `after` leaves out the names up to and including it.
   */
  children(prefix: string, options?: { after?: string }): Promise<string[]>
  /**
   * Yields every key below a prefix (all keys if it is empty), in any order. Keys deleted meanwhile may be among them.
   */
  entries(prefix: string): AsyncIterable<StoredEntry>
  /**
   * Removes what dead processes left half stored: temporary files, and multipart uploads older than a day. Returns a
   * name for each. With `dryRun` nothing is removed.
   */
  sweep(options: { dryRun: boolean }): Promise<string[]>
  /** Deletes one key; no error if it is absent. */
  delete(key: string): Promise<void>
  /** Deletes every key below a prefix that ends in `/`. */
  deleteBelow(prefix: string): Promise<void>
  /** Makes a new, empty local folder for work in progress and returns its path. The caller removes it. */
  scratchFolder(): Promise<string>
  /** Rejects if the store does not answer. */
  ping(): Promise<void>
  /** Returns the bytes that still fit into the store, 0 without inodes; undefined where nothing limits them (S3). */
  freeBytes(): Promise<number | undefined>
  /** Ends connections and removes this process's temporary files. */
  close(): Promise<void>
}

/** Some bytes of a key, from `from` to `to`, both included and counted from 0. */
export interface ByteRange {
  from: number
  to: number
}

/** A key in the store, as `entries` lists it. */
export interface StoredEntry {
  key: string
  /** Size of its content. */
  bytes: number
  /** Milliseconds since it was created; both times are by the store's own clock. */
  ageMs: number
}
