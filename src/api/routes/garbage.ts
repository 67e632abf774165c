import { z } from 'zod'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { named } from '../schemas/registry.ts'

const GarbageView = named(
  'Garbage',
  z.object({
    dryRun: z.boolean(),
    olderThanHours: z.number().describe('Younger files were not considered.'),
    items: z
      .array(
        z.object({
          key: z.string().describe('A key of the store, or all keys with this prefix if it ends with `/`.'),
          keys: z.int(),
          bytes: z.int(),
          reason: z.string(),
        }),
      )
      .describe('At most 1,000 entries.'),
    total: z.object({ items: z.int(), keys: z.int(), bytes: z.int() }),
    swept: z.array(z.string()).describe('Deleted temporary files and multipart uploads of dead processes.'),
    unreadable: z
      .array(z.string())
      .describe('Models whose log cannot be read. While there are any, no artifacts are deleted.'),
  }),
)

/** Adds `POST /gc`, which deletes garbage. */
export function garbageRoute(app: App, { garbage }: AppDependencies): void {
  route(app, {
    endpoint: 'POST /gc',
    summary: 'Delete garbage',
    description: 'Deletes files that nothing refers to. The service also does this once a day.',
    operation: 'collectGarbage',
    tag: 'operations',
    role: 'admin',
    query: z.strictObject({
      dryRun: z.enum(['true', 'false']).describe('`true`: only lists what would be deleted.').optional(),
    }),
    answers: { 200: GarbageView },
    errors: ['store-unavailable'],
    handler: (request) => garbage.collect({ dryRun: request.query.dryRun === 'true' }),
  })
}
