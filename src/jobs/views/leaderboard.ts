import { badCursor, type Page, type PageRequest, PageRoom } from '../../page.ts'
import type { JobView, TrialView } from '../contract.ts'
import { partsOf } from '../family/results.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'
import { rankTrials } from '../search/score.ts'

/** Returns a page of a search's trials: the best first, unfinished ones last. A cursor is a place in that order. */
export async function trialsOf(
  job: JobRecord,
  { limit, cursor }: PageRequest,
  reading: { records: JobRecords; viewOf: (record: JobRecord) => Promise<JobView> },
): Promise<Page<TrialView>> {
  if (cursor !== undefined && !/^\d{1,6}$/.test(cursor)) throw badCursor()
  const search = job.kind === 'training' ? job.recipe.search : null
  if (job.kind !== 'training' || !search) return { items: [], next: null }
  const ranked = rankTrials(await partsOf(reading.records, job), search)
  const start = Number(cursor ?? 0)
  const items: TrialView[] = []
  const room = new PageRoom()
  for (const { record, outcome, score, behind } of ranked.slice(start, start + limit)) {
    const { part, id } = record
    if (part?.kind !== 'trial') continue
    const { state, progress, error } = await reading.viewOf(record)
    const epochs = outcome?.history?.epochs.length ?? progress?.epoch ?? 0
    const view = {
      id,
      number: part.number,
      params: part.params,
      state,
      stopped: behind,
      score,
      epochs,
      error,
    }
    if (!room.takes(view)) return { items, next: String(start + items.length) }
    items.push(view)
  }
  return { items, next: start + limit < ranked.length ? String(start + limit) : null }
}
