import { historyOf } from '../../api/version-results.ts'
import { FoldCharts } from '../../parts/fold-charts.tsx'
import { HistoryCurves } from '../../parts/history-curves.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'

/** How a version has learnt, epoch by epoch. */
export function VersionCurves({ model, version }: { model: string; version: number }) {
  const history = useLoad((signal) => historyOf(model, version, signal), [model, version])
  return (
    <div class="card stack">
      <Loading of={history}>
        {(value) => (
          <>
            <HistoryCurves history={value} />
            <FoldCharts history={value} />
          </>
        )}
      </Loading>
    </div>
  )
}
