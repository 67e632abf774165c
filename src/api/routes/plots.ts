import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { type ErrorCode, FitserveError, unknown } from '../../errors.ts'
import type { VersionExplanation } from '../../evaluation/explanation.ts'
import { History } from '../../evaluation/history.ts'
import { type PlotData, PlotFormat } from '../../evaluation/plots/data.ts'
import {
  featurePlotsOf,
  isOfExplanation,
  type PlotName,
  parsePlotName,
  plotsOf,
} from '../../evaluation/plots/plots.ts'
import { EVALUATION_FILE, Evaluation } from '../../evaluation/schema.ts'
import { targetText } from '../../recipe/index.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { hasHeldRows } from '../../versions/inspections.ts'
import type { AppDependencies } from '../dependencies.ts'
import { route } from '../route.ts'
import type { App } from '../route-config.ts'
import { JobPlotParams, PlotHeaders, PlotQuery, VersionPlotParams } from '../schemas/plots.ts'

const TYPES: Readonly<Record<PlotFormat, string>> = { svg: 'image/svg+xml', png: 'image/png' }
const ERRORS: ErrorCode[] = ['not-found', 'not-ready', 'corrupt-artifact', 'store-unavailable']

/** The fields of a manifest whose texts appear in plots. */
const Texts = z.object({
  recipe: z.object({
    target: z.union([z.string(), z.array(z.string())]),
    loss: z.object({ type: z.string() }),
  }),
})

/** Adds the routes of plots of versions and jobs, which are drawn on request (D-14). */
export function plotRoutes(app: App, dependencies: AppDependencies): void {
  const { inspections, jobs, models } = dependencies
  const picture = {
    description: 'The plot, 640 pixels wide.',
    content: {
      [TYPES.svg]: { schema: z.string() },
      [TYPES.png]: { schema: z.string().meta({ format: 'binary' }) },
    },
  }
  const common = {
    query: PlotQuery,
    headers: PlotHeaders,
    answers: { 200: picture, 304: z.null().describe('The picture has not changed.') },
  }

  route(app, {
    endpoint: 'GET /models/:name/versions/:version/plots/:file',
    summary: 'Draw a plot of a version',
    description:
      'The plots that a version has depend on its task: `loss` and `metric` always, `confusion`, `roc`, `residuals` and others where they apply. `importance`, `terms` and `feature-<name>` (the mean answer by the values of a column, with its name percent-encoded) show the explanation of the version, which is computed with the first request for it and may take minutes.',
    operation: 'getPlot',
    tag: 'models',
    role: 'predict',
    params: VersionPlotParams,
    ...common,
    errors: ['unknown-model', 'unknown-version', 'unknown-alias', ...ERRORS],
    handler: async (request, reply) => {
      const { name, version, file } = request.params
      const entry = await models.entry(name, version)
      const asked = askedFor(file)
      const [results, explanation] = await Promise.all([
        resultsOfVersion(models, name, entry),
        asked && isOfExplanation(asked.name) ? drawnOf(inspections.explanation(name, entry.version)) : null,
      ])
      const { isExplainable, ...rest } = results
      const data = { ...rest, explanation, feature: asked?.feature ?? null }
      // An explanation is not computed only to list what can be drawn from it.
      const further: PlotName[] = isExplainable && !explanation ? ['importance'] : []
      return answer(dependencies, { file, data, further }, request, reply)
    },
  })
  route(app, {
    endpoint: 'GET /jobs/:id/plots/:file',
    summary: 'Draw a plot of a job, which may still be running',
    description: 'Shows the epochs that have ended so far.',
    operation: 'getJobPlot',
    tag: 'jobs',
    role: 'train',
    params: JobPlotParams,
    ...common,
    errors: ['unknown-job', 'queue-unavailable', ...ERRORS],
    handler: async (request, reply) => {
      const { id, file } = request.params
      const job = await jobs.get(id)
      if (job.kind !== 'training') throw noPlot(`${job.model}, prediction ${id}`, file, [])
      const history = await jobs.history(id)
      const data: PlotData = {
        subject: `${job.model}, job ${job.id}`,
        loss: job.recipe.loss.type,
        target: targetText(job.recipe),
        history,
        evaluation: await evaluationOfJob(models, job),
        explanation: null,
        feature: null,
      }
      return answer(dependencies, { file, data, further: [] }, request, reply)
    },
  })
}

/** Leaves out what no plot shows. */
async function drawnOf(explanation: Promise<VersionExplanation>): Promise<PlotData['explanation']> {
  const { slices: _, ...drawn } = await explanation
  return drawn
}

interface PictureRequest {
  query: z.output<typeof PlotQuery>
  headers: z.output<typeof PlotHeaders>
}

interface Asked {
  file: string
  data: PlotData
  /** Plots that exist beside those of the data. */
  further: readonly PlotName[]
}

async function answer(
  { plots }: AppDependencies,
  { file, data, further }: Asked,
  { query: { theme }, headers }: PictureRequest,
  reply: FastifyReply,
) {
  const asked = askedFor(file)
  const there = [...plotsOf(data), ...further]
  if (!asked || !there.includes(asked.name)) throw noPlot(data.subject, file, listOf(asked, data, there))
  const { name, format } = asked
  const prepared = plots.prepare({ name, format, theme, data })
  const etag = `"${prepared.digest}"`
  const known = headers['if-none-match']
  // A version's files never change, but its alias may move to another version, so browsers ask each time.
  reply.headers({ etag, 'cache-control': 'private, no-cache' })
  if (known !== undefined && matches(known, etag)) return reply.code(304).send()
  return reply.type(TYPES[format]).send(await prepared.draw())
}

interface AskedPlot {
  name: PlotName
  feature: string | null
  format: PlotFormat
}

/** Reads the name and format of a file; null if no plot is called so. */
function askedFor(file: string): AskedPlot | null {
  const dot = file.lastIndexOf('.')
  const plot = parsePlotName(file.slice(0, dot))
  const format = PlotFormat.safeParse(file.slice(dot + 1))
  return plot && format.success ? { ...plot, format: format.data } : null
}

/** Returns what a refusal lists: all plots, or those of features, where one of another feature is asked for. */
function listOf(asked: AskedPlot | null, data: PlotData, there: readonly PlotName[]): readonly string[] {
  const ofFeatures = featurePlotsOf(data)
  if (asked?.name === 'feature' && ofFeatures.length > 0) return ofFeatures
  return [...there, ...ofFeatures]
}

function noPlot(subject: string, file: string, there: readonly string[]): FitserveError {
  const known = there.flatMap((name) => PlotFormat.options.map((format) => `${name}.${format}`))
  return unknown('not-found', 'plot', file, { of: subject, known })
}

/** Tells whether an `If-None-Match` names the picture, by weak comparison (RFC 9110, section 13.1.2). */
function matches(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')))
}

type Entry = Awaited<ReturnType<ModelRegistry['entry']>>

type ResultsOfVersion = Omit<PlotData, 'explanation' | 'feature'> & { isExplainable: boolean }

async function resultsOfVersion(
  models: ModelRegistry,
  name: string,
  entry: Entry,
): Promise<ResultsOfVersion> {
  const [manifest, history, evaluation] = await Promise.all([
    models.manifest(name, entry),
    models.readArtifact(name, entry, 'history.json'),
    models.readArtifact(name, entry, EVALUATION_FILE),
  ])
  const texts = Texts.safeParse(manifest)
  return {
    subject: `${name}, version ${entry.version}`,
    loss: texts.data?.recipe.loss.type ?? 'loss',
    target: texts.data ? targetText(texts.data.recipe) : 'the target',
    history: parsed(History, history, 'history.json'),
    evaluation: parsed(Evaluation, evaluation, EVALUATION_FILE),
    isExplainable: hasHeldRows(manifest.files),
  }
}

/** Reads the evaluation of the version that a job published; null without one, or if it was deleted since. */
async function evaluationOfJob(
  models: ModelRegistry,
  { model, version }: { model: string; version: number | null },
): Promise<Evaluation | null> {
  if (version === null) return null
  try {
    const entry = await models.entry(model, version)
    return parsed(Evaluation, await models.readArtifact(model, entry, EVALUATION_FILE), EVALUATION_FILE)
  } catch (error) {
    if (error instanceof FitserveError && error.code.startsWith('unknown-')) return null
    throw error
  }
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Buffer | undefined,
  file: string,
): z.output<Schema> | null {
  if (!bytes) return null
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new FitserveError('corrupt-artifact', `The file ${file} of the version is of an unknown format.`, {
      cause,
    })
  }
}
