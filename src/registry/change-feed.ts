import { z } from 'zod'
import { serial } from '../runtime/serial.ts'
import type { Store } from '../store/contract.ts'
import { numbered } from '../store/numbered.ts'
import { openSealed } from '../store/sealed-values.ts'

/**
 * Notes about models whose logs have grown, numbered over all models: a process that follows them learns of changes by
 * one read, however many models there are. A note is written after its change, so it is missing where a process died in
 * between. A process that must not miss a change scans all models from time to time.
 */
export interface ChangeFeed {
  /** Tells other processes that the log of a model has grown. The change stands even if this fails. */
  note(model: string): Promise<void>
  /**
   * Returns the names of the models with notes since the last call. The first call returns none and starts at the
   * newest note.
   */
  changed(): Promise<Set<string>>
  /** Skips to the newest note: notes in between may have been removed. */
  skip(): Promise<void>
}

/** Digits of a note's number in its key. */
const DIGITS = 12
/** Notes that are kept. A reader that is further behind scans all models anyway. */
const KEPT = 1_000
/** Notes after which old ones are removed, all at once. */
const REMOVED_AT_ONCE = 100

const Note = z.object({ model: z.string() })

/** Opens the feed at its newest note, which is found at the first call. */
export function openChangeFeed(store: Store): ChangeFeed {
  const notes = numbered(store, 'changes/', DIGITS)
  /** The newest note that this process has read; undefined before the first read. */
  let seen: number | undefined
  /** The newest note that this process has written. */
  let written = 0
  const oneAtATime = serial()

  return {
    async note(model) {
      const number = await oneAtATime(async () => {
        const known = Math.max(seen ?? 0, written)
        written = await notes.append(JSON.stringify({ model }), known > 0 ? known : undefined)
        return written
      })
      if (number % REMOVED_AT_ONCE === 0) await notes.deleteBefore(number - KEPT)
    },
    async changed() {
      const names = new Set<string>()
      let last = seen ?? (await notes.newest())
      for (;;) {
        const bytes = await notes.at(last + 1)
        if (bytes === undefined) break
        last += 1
        const model = modelIn(bytes)
        if (model !== undefined) names.add(model)
      }
      seen = Math.max(seen ?? 0, last)
      return names
    },
    async skip() {
      seen = await notes.newest(seen)
    },
  }
}

/** Returns undefined for a damaged note: its change is found by the next scan of all models. */
function modelIn(bytes: Uint8Array): string | undefined {
  try {
    return openSealed(bytes, Note).model
  } catch {
    return undefined
  }
}
