/** The roles of API keys. Each role includes the rights of those before it. */
export const ROLES = ['predict', 'train', 'admin'] as const
/** The role of an API key. */
export type Role = (typeof ROLES)[number]

/** An API key as the service knows it: never the key itself. */
export interface ApiKey {
  /** Name of the client that uses the key. */
  name: string
  role: Role
  /** SHA-256 of the key in lower-case hex. */
  sha256: string
}

/** Returns whether a key with the role `has` has the rights of the role `needs`. */
export function mayAct(has: Role, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs)
}
