import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { type AnsweredRow, type AnsweredRows, RowsQuestion } from '../../evaluation/answered-rows.ts'
import { serveTasks, stackOf } from '../../runtime/serve-tasks.ts'
import { columnOf } from '../data/tables.ts'
import { explainVersion } from './explain-version.ts'
import { InspectedVersion, readHeldRows } from './held-rows.ts'
import { rankedRows } from './ranked-rows.ts'

/** A request to the inspecting process. */
export const InspectTask = z.object({
  version: InspectedVersion,
  question: z.discriminatedUnion('ask', [
    z.object({ ask: z.literal('rows'), rows: RowsQuestion }),
    z.object({ ask: z.literal('explanation') }),
  ]),
})

/** Bytes of the features of one answer, about; a row beyond them is left to the next page. */
const MAX_PAGE_BYTES = 8 * 2 ** 20

/**
 * Runs the inspecting process: it does one task at a time for the process that started it, until that one is gone, below
 * the priority of predictions.
 */
export function serve(): void {
  serveTasks(answer)
}

async function answer(message: unknown): Promise<object> {
  try {
    const { version, question } = InspectTask.parse(message)
    const held = await readHeldRows(version)
    if (question.ask === 'rows') return { kind: 'done', result: answeredRows(held, question.rows) }
    return { kind: 'done', result: explainVersion(held) }
  } catch (error) {
    if (error instanceof FitserveError)
      return { kind: 'refused', code: error.code, message: error.message, problems: error.problems }
    return { kind: 'failed', message: stackOf(error) }
  }
}

function answeredRows(held: Awaited<ReturnType<typeof readHeldRows>>, question: RowsQuestion): AnsweredRows {
  const ranked = rankedRows(held, question)
  const inputs = held.recipe.inputs.map((name) => [name, columnOf(held.table, name)] as const)
  const rows: AnsweredRow[] = []
  let bytes = 0
  for (const { at, ...told } of ranked.slice(question.offset, question.offset + question.limit)) {
    const row = held.rows[at] ?? 0
    const features = Object.fromEntries(inputs.map(([name, cell]) => [name, cell(row)]))
    bytes += JSON.stringify(features).length
    if (bytes > MAX_PAGE_BYTES && rows.length > 0) break
    rows.push({ row, ...told, features })
  }
  const likely = question.kind === 'mislabelled' ? { likely: ranked.filter((row) => row.likely).length } : {}
  return { total: ranked.length, ...likely, rows }
}
