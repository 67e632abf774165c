import { z } from 'zod'
import { ROLES } from '../../access.ts'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { named } from '../schemas/registry.ts'

const AccessView = named(
  'Access',
  z.object({
    keys: z.boolean().describe('Whether requests need an API key.'),
    name: z
      .string()
      .nullable()
      .describe('Name of the API key of this request; null: none, or an unknown one.'),
    role: z.enum(ROLES).nullable().describe('What this request may do; null: nothing that needs a role.'),
  }),
)

/** Adds `GET /access`, by which a client learns whether it needs a key, and what its key may do. */
export function accessRoute(app: App, { access }: Pick<AppDependencies, 'access'>): void {
  const keys = access.required
  route(app, {
    endpoint: 'GET /access',
    summary: 'Show what the caller may do',
    description:
      'Without a key, or with an unknown one, the role is null where the service has keys, else `admin`.',
    operation: 'getAccess',
    tag: 'operations',
    role: 'anyone',
    answers: { 200: AccessView },
    handler: ({ caller }) => ({
      keys,
      name: caller?.name ?? null,
      role: keys ? (caller?.role ?? null) : 'admin',
    }),
  })
}
