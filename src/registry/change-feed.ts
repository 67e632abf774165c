import { z } from 'zod'
import type { Store } from '../store/contract.ts'

/**
 * Which models' logs have grown, as notes that are numbered over all models: whoever follows them finds out by one
 * read, however many models there are. A note follows its change, so one is missing where a process died in between;
 * who relies on the notes alone must look at all models from time to time.
 */
export interface ChangeFeed {
  /** Tells the others that the log of a model has grown. Its failure is none of the change's. */
  note(model: string): Promise<void>
  /** Names of the models with notes since the last call; none at the first one, which starts at the newest note. */
  changed(): Promise<Set<string>>
  /** Starts again at the newest note, where notes may have been removed meanwhile. */
  skip(): Promise<void>
}

const PREFIX = 'changes/'
const DIGITS = 12
/** Notes that are kept: readers that are behind by more look at all models anyway. */
const KEPT = 1_000
const REMOVED_AT_ONCE = 100

const Note = z.object({ model: z.string() })

export function openChangeFeed(store: Store): ChangeFeed {
  /** The newest note that this process has read; undefined before the first look. */
  let seen: number | undefined
  const newest = async (after: number) => {
    const names = await store.children(PREFIX, after > 0 ? { after: nameOf(after) } : {})
    return Math.max(after, Number.parseInt(names.at(-1) ?? '0', 10) || 0)
  }
  return {
    async note(model) {
      let last = seen ?? (await newest(0))
      while (!(await store.create(keyOf(last + 1), JSON.stringify({ model })))) last = await newest(last)
      if ((last + 1) % REMOVED_AT_ONCE === 0) await removeBefore(store, last + 1 - KEPT)
    },
    async changed() {
      const names = new Set<string>()
      let last = seen ?? (await newest(0))
      for (;;) {
        const bytes = await store.read(keyOf(last + 1))
        if (bytes === undefined) break
        last += 1
        const note = Note.safeParse(parse(bytes))
        if (note.success) names.add(note.data.model)
      }
      seen = Math.max(seen ?? 0, last)
      return names
    },
    async skip() {
      seen = await newest(seen ?? 0)
    },
  }
}

async function removeBefore(store: Store, note: number): Promise<void> {
  for (const name of await store.children(PREFIX))
    if (Number.parseInt(name, 10) < note) await store.delete(PREFIX + name)
}

function nameOf(note: number): string {
  return `${String(note).padStart(DIGITS, '0')}.json`
}

function keyOf(note: number): string {
  return PREFIX + nameOf(note)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
