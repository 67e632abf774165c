import type { Schemas } from '../../api/client.ts'
import { MetricValue, mainMetricOf } from '../../parts/metric.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  /** The version that answers; undefined: none does. */
  served: number | undefined
  /** Metrics of the newest versions, the newest first; undefined while they are not known. */
  versions: Schemas['Trend']['versions'] | undefined
}

/** The main metric of the version that answers, and of the newest versions as a curve. */
export function MetricTrend({ served, versions }: Props) {
  const { start } = useTexts()
  if (!versions) return <p class="quiet fine">…</p>
  const shown = versions.find(({ version }) => version === served) ?? versions[0]
  const metric = shown && mainMetricOf(shown.metrics)
  if (!shown || metric === undefined) return null
  const values = versions.map(({ metrics }) => metrics[metric] ?? null).toReversed()
  return (
    <>
      <MetricValue name={metric} value={shown.metrics[metric] ?? null} />
      {values.length > 1 && (
        <div title={start.trend(values.length)}>
          <Sparkline values={values} />
        </div>
      )}
    </>
  )
}
