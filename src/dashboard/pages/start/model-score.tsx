import { evaluationOf } from '../../api/version-results.ts'
import { MetricValue, mainMetricOf } from '../../parts/metric.tsx'
import { useLoad } from '../../parts/use-load.ts'

/** The main metric of the version that answers. */
export function ModelScore({ model, version, newest }: { model: string; version: number; newest: number }) {
  const evaluation = useLoad((signal) => evaluationOf(model, version, signal), [model, version, newest])
  if (!evaluation.value) return <p class="quiet fine">…</p>
  const main = mainMetricOf(evaluation.value.metrics)
  return main ? <MetricValue name={main} value={evaluation.value.metrics[main] ?? null} /> : null
}
