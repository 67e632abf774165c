import { z } from 'zod'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { named } from '../schemas/registry.ts'

const GarbageView = named(
  'Garbage',
  z.object({
    dryRun: z.boolean(),
    olderThanHours: z.number().describe('What is younger was not looked at.'),
    items: z
      .array(
        z.object({
          key: z.string().describe('A key of the store; with a `/` at its end all keys below it.'),
          keys: z.int(),
          bytes: z.int(),
          reason: z.string(),
        }),
      )
      .describe('At most 1,000.'),
    total: z.object({ items: z.int(), keys: z.int(), bytes: z.int() }),
    swept: z.array(z.string()).describe('Temporary files and uploads in parts of processes that have died.'),
    unreadable: z
      .array(z.string())
      .describe('Models whose log cannot be read; because of them no artifacts are deleted.'),
  }),
)

/** Deleting what nothing refers to. */
export function garbageRoute(app: App, { garbage }: AppDependencies): void {
  route(app, {
    endpoint: 'POST /gc',
    summary: 'Delete what nothing refers to',
    description: 'It is done once a day by itself, too.',
    operation: 'collectGarbage',
    tag: 'operations',
    role: 'admin',
    query: z.strictObject({
      dryRun: z.enum(['true', 'false']).describe('`true`: only tell what would be deleted.').optional(),
    }),
    answers: { 200: GarbageView },
    errors: ['store-unavailable'],
    handler: (request) => garbage.collect({ dryRun: request.query.dryRun === 'true' }),
  })
}
