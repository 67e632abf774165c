/*
 * Who may call, and what for, in words that all rooms may use. `keys/` finds out who calls; the API refuses.
 */

/** The roles of callers. Each role includes the rights of those before it. */
export const ROLES = ['predict', 'train', 'admin'] as const
/** The role of a caller. */
export type Role = (typeof ROLES)[number]

/** What a key or a token allows. */
export interface Caller {
  /** Name of the client, for logs and the audit; that of a token's subject begins with `oidc:`. */
  readonly name: string
  readonly role: Role
  /** Patterns of the models that it may use, such as `imdb*`; null: all models. */
  readonly models: readonly string[] | null
  /** Limit on its requests a minute; 0: none; null: that of the service. */
  readonly requestsPerMinute: number | null
  /** Limit on the rows that it has answered in a day (UTC); null: none. */
  readonly rowsPerDay: number | null
  /** When it ends, in milliseconds since 1970; null: never. */
  readonly expiresAt: number | null
}

/** An API key as the service knows it: never the key itself. */
export interface ApiKey extends Caller {
  /** SHA-256 of the key in lower-case hex. */
  readonly sha256: string
}

/** Which tokens are taken (OpenID Connect). */
export interface TokenSettings {
  /** The provider's address, as its tokens name it in `iss`. */
  issuer: string
  /** What its tokens must name in `aud`. */
  audience: string
  /** Path of the claim with the roles, such as `roles` or `realm_access.roles`. */
  rolesClaim: string
}

/** Finds out who calls. */
export interface Access {
  /** Whether callers need a key or a token. Without, every caller may do everything. */
  readonly required: boolean
  /** Changes with the keys: what was found out about a caller before is to be found out again. */
  readonly generation: number
  /** Returns the caller that an `Authorization` header names, if that needs no waiting; null otherwise. */
  known(header: string | undefined): Caller | null
  /**
   * Returns the caller that an `Authorization` header names; null for an absent or unknown one.
   * @throws FitserveError `unauthorized` with the fault of a token, `not-ready` where tokens cannot be checked now
   */
  find(header: string | undefined): Caller | null | Promise<Caller>
}

/** Returns whether a caller with the role `has` has the rights of the role `needs`. */
export function mayAct(has: Role, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs)
}

/** Returns whether a caller may use a model. @param caller null where the service has no keys: anybody may use any */
export function mayUse(caller: Pick<Caller, 'models'> | null, model: string): boolean {
  return caller?.models?.some((pattern) => matches(pattern, model)) ?? true
}

/** Returns whether what was found out about a caller still holds at a time, in milliseconds since 1970. */
export function isCurrent({ expiresAt }: Pick<Caller, 'expiresAt'>, now: number): boolean {
  return expiresAt === null || now < expiresAt
}

/**
 * Returns whether a name fits a pattern, in which `*` stands for any characters. It takes time in proportion to both
 * lengths' product at most, whatever the pattern is.
 */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - at >= last.length && name.endsWith(last)
}
