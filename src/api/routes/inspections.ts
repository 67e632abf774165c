import { csvField } from '../../batch/csv-lines.ts'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { AnsweredRow } from '../../evaluation/answered-rows.ts'
import { badCursor } from '../../page.ts'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { AnsweredRowsView, RowsQuery, RowsText, VersionExplanationView } from '../schemas/inspections.ts'
import { VersionParams } from '../schemas/models.ts'

const ERRORS: readonly ErrorCode[] = [
  'unknown-model',
  'unknown-version',
  'unknown-alias',
  'not-found',
  'corrupt-artifact',
  'store-unavailable',
  'overloaded',
  'not-ready',
]

/** Adds the routes of what is behind a version's figures: rows, and what counts over many of them. */
export function inspectionRoutes(app: App, { inspections }: AppDependencies): void {
  route(app, {
    endpoint: 'GET /models/:name/versions/:version/explanation',
    summary: 'Show what counts for a version',
    description:
      'Returns the importance of columns, the terms that speak most for and against each class, and the mean answer by the values of a column, measured on rows that the version held out. It is computed with the first request, which may take minutes, and kept. See docs/explaining.md.',
    operation: 'getExplanation',
    tag: 'models',
    role: 'predict',
    params: VersionParams,
    answers: { 200: VersionExplanationView },
    errors: ERRORS,
    handler: ({ params: { name, version } }) => inspections.explanation(name, version),
  })
  route(app, {
    endpoint: 'GET /models/:name/versions/:version/rows',
    summary: 'List rows behind the figures of a version',
    description:
      'Returns held-out rows with predictions of networks that were not trained on them: the worst or most uncertain ones, probable label errors, those in a cell of the confusion matrix, or those near a pair of true and predicted numbers. `format` selects CSV or NDJSON. See docs/explaining.md.',
    operation: 'listVersionRows',
    tag: 'models',
    role: 'train',
    params: VersionParams,
    query: RowsQuery,
    answers: {
      200: {
        description: 'A page of rows. With `format`, its items as lines of NDJSON, or as CSV with a header.',
        content: {
          'application/json': { schema: AnsweredRowsView },
          'application/x-ndjson': { schema: RowsText },
          'text/csv': { schema: RowsText },
        },
      },
    },
    errors: ERRORS,
    handler: async ({ params, query }, reply) => {
      const { cursor, format, ...question } = query
      if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) throw badCursor()
      const hasPlace = question.kind === 'cell' || question.kind === 'near'
      if (!hasPlace && (question.actual ?? question.predicted) !== undefined) throw onlyOfPlaces()
      const offset = Number(cursor ?? 0)
      const { rows, ...counts } = await inspections.rows(params.name, params.version, { ...question, offset })
      const next = offset + rows.length
      if (format === 'ndjson')
        return reply.type('application/x-ndjson').send(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
      if (format === 'csv') return reply.type('text/csv; charset=utf-8').send(csvOf(rows))
      return { ...counts, items: rows, next: rows.length > 0 && next < counts.total ? String(next) : null }
    },
  })
}

function onlyOfPlaces(): FitserveError {
  const message = '"actual" and "predicted" name a cell or a point: ask with kind=cell or kind=near.'
  return new FitserveError('invalid-query', message, { problems: [{ path: '/kind', message }] })
}

/** Writes rows as CSV (RFC 4180): what is known of each, then its features. */
function csvOf(rows: readonly AnsweredRow[]): string {
  const [first] = rows
  if (!first) return ''
  const features = Object.keys(first.features)
  const known = ['row', 'score', 'actual', 'predicted', 'confidence', 'probability', 'likely'] as const
  const own = known.filter((name) => first[name] !== undefined)
  const lines = rows.map((row) => [
    ...own.map((name) => row[name]),
    ...features.map((name) => row.features[name]),
  ])
  return [[...own, ...features], ...lines].map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('')
}
