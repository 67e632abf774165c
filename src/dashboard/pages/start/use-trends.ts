import { useRef } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { useLoad } from '../../parts/use-load.ts'

/** Models that are asked about at once. */
const MAX_MODELS = 30

/** The metrics of the newest versions of models, by model. */
export type Trends = ReadonlyMap<string, Schemas['Trend']['versions']>

/**
 * Loads the metrics of the newest versions of models, and again when one of them has changed: until the answer is there,
 * what was known before stays.
 */
export function useTrends(models: readonly Schemas['ModelSummary'][]): Trends | undefined {
  const last = useRef<Trends>()
  const { value } = useLoad<Trends>(
    async (signal) => {
      const names = models.map(({ name }) => name)
      const pages = Array.from({ length: Math.ceil(names.length / MAX_MODELS) }, (_, page) =>
        names.slice(page * MAX_MODELS, (page + 1) * MAX_MODELS).join(','),
      )
      const answers = await Promise.all(
        pages.map((page) => answerOf(api.GET('/trends', { params: { query: { models: page } }, signal }))),
      )
      return new Map(answers.flatMap(({ items }) => items.map(({ model, versions }) => [model, versions])))
    },
    models.map(({ name, latest, aliases }) => [name, latest, aliases['production']]),
  )
  last.current = value ?? last.current
  return last.current
}
