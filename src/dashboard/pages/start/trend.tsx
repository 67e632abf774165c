import { answerOf, api } from '../../api/client.ts'
import { versionFacts } from '../../api/version-facts.ts'
import { mainMetricOf } from '../../parts/metric.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Versions over which the metric is shown. */
const MAX_VERSIONS = 8

/** The main metric over the newest versions of a model, the oldest first. */
export function Trend({ model, newest }: { model: string; newest: number }) {
  const { start } = useTexts()
  const values = useLoad((signal) => metricByVersion(model, signal), [model, newest])
  if (!values.value || values.value.length < 2) return null
  return (
    <div title={start.trend(values.value.length)}>
      <Sparkline values={values.value} />
    </div>
  )
}

async function metricByVersion(model: string, signal: AbortSignal): Promise<(number | null)[]> {
  const { items } = await answerOf(
    api.GET('/models/{name}/versions', {
      params: { path: { name: model }, query: { limit: MAX_VERSIONS } },
      signal,
    }),
  )
  const facts = await Promise.all(items.map(({ version }) => versionFacts(model, version, signal)))
  const metric = mainMetricOf(facts[0]?.metrics ?? {})
  return facts.toReversed().map(({ metrics }) => (metric === undefined ? null : (metrics[metric] ?? null)))
}
