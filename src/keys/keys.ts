/*
 * The entry point of the keys: it finds out who calls, by API keys and by tokens of an identity provider. It reads no
 * environment (`config/`) and does not know HTTP (`api/`).
 *
 * Start with `Keys` below. key-file.ts is the form in which keys are kept, tokens.ts checks tokens, and
 * manage-keys.ts changes the file for `npm run key`.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type Access, type ApiKey, type Caller, isCurrent } from '../access.ts'
import type { Tokens } from './tokens.ts'

/** Names of the keys that a change has added, removed or altered. */
export interface KeyChanges {
  added: string[]
  removed: string[]
  changed: string[]
}

/** The keys of the service, which may be replaced while it runs, and tokens beside them. */
export class Keys implements Access {
  readonly required: boolean
  #generation = 0
  #known: { key: ApiKey; digest: Buffer }[] = []
  readonly #tokens: Tokens | undefined
  readonly #now: () => number

  /**
   * @param tokens of an identity provider; absent: there is none
   * @param now returns the time in milliseconds since 1970
   */
  constructor(keys: readonly ApiKey[], tokens?: Tokens, now: () => number = Date.now) {
    this.required = keys.length > 0 || tokens !== undefined
    this.#tokens = tokens
    this.#now = now
    this.#set(keys)
  }

  get generation(): number {
    return this.#generation
  }

  /** Takes other keys from now on. Keys that are the same go on as if nothing had happened. */
  replace(keys: readonly ApiKey[]): KeyChanges {
    const before = new Map(this.#known.map(({ key }) => [key.name, JSON.stringify(key)]))
    const after = new Map(keys.map((key) => [key.name, JSON.stringify(key)]))
    this.#set(keys)
    this.#generation += 1
    const names = [...after.keys()]
    return {
      added: names.filter((name) => !before.has(name)),
      removed: [...before.keys()].filter((name) => !after.has(name)),
      changed: names.filter((name) => before.has(name) && before.get(name) !== after.get(name)),
    }
  }

  known(header: string | undefined): Caller | null {
    const sent = bearerOf(header)
    if (sent === undefined) return null
    return this.#keyOf(sent) ?? this.#tokens?.known(sent) ?? null
  }

  find(header: string | undefined): Caller | null | Promise<Caller> {
    const sent = bearerOf(header)
    if (sent === undefined) return null
    return this.#keyOf(sent) ?? this.#tokens?.find(sent) ?? null
  }

  #set(keys: readonly ApiKey[]): void {
    this.#known = keys.map((key) => ({ key, digest: Buffer.from(key.sha256, 'hex') }))
  }

  #keyOf(sent: string): ApiKey | undefined {
    const digest = createHash('sha256').update(sent).digest()
    let found: ApiKey | undefined
    // Every key is compared, and in constant time, so that time tells nothing.
    for (const { key, digest: other } of this.#known) if (timingSafeEqual(digest, other)) found = key
    return found && isCurrent(found, this.#now()) ? found : undefined
  }
}

function bearerOf(header: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1]
}
