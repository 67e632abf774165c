import { z } from 'zod'
import type { Chore } from './chores.ts'

const Kind = z.object({ kind: z.string() })

/**
 * Returns a handler that gives each chore to the function for its kind. @throws what they throw, and TypeError for an
 * unknown kind
 */
export function choreHandler(kinds: Readonly<Record<string, (chore: Chore) => Promise<void>>>) {
  return async (chore: Chore): Promise<void> => {
    const { kind } = Kind.parse(chore.data)
    const handle = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
    if (!handle) throw new TypeError(`Unknown kind of chore: ${kind}`)
    await handle(chore)
  }
}
