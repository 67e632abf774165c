/** What a key may do, each including the ones before it. */
export const ROLES = ['predict', 'train', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** An API key as the service knows it: never the key itself. */
export interface ApiKey {
  name: string
  role: Role
  /** SHA-256 of the key in lower-case hex. */
  sha256: string
}

/** Whether a key with the role `has` may do what needs the role `needs`. */
export function mayAct(has: Role, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs)
}
