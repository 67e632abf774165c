import { useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { DatasetOptions } from '../../parts/dataset-options.tsx'
import { Fold } from '../../parts/fold.tsx'
import { useFormat } from '../../parts/format.ts'
import { useMetricFormat, useMetricText } from '../../parts/metric.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  model: string
  version: number
  onDone: () => void
}

/** Evaluates a version on another data set. */
export function EvaluateOn(props: Props) {
  const { model: texts } = useTexts()
  return (
    <Fold summary={texts.evaluate}>
      <EvaluationForm {...props} />
    </Fold>
  )
}

function EvaluationForm({ model, version, onDone }: Props) {
  const { model: texts } = useTexts()
  const { number } = useFormat()
  const write = useMetricFormat()
  const text = useMetricText()
  const datasets = useLoad(
    (signal) => answerOf(api.GET('/datasets', { params: { query: { limit: 200 } }, signal })),
    [],
  )
  const [dataset, setDataset] = useState('')
  const [result, setResult] = useState<Schemas['Evaluation']>()
  const evaluate = useAction(async () => {
    const path = { name: model, version: String(version) }
    setResult(
      await answerOf(
        api.POST('/models/{name}/versions/{version}/evaluate', { params: { path }, body: { dataset } }),
      ),
    )
    onDone()
  })
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void evaluate.run()
      }}
    >
      <label class="field">
        {texts.dataset}
        <select required value={dataset} onChange={(event) => setDataset(event.currentTarget.value)}>
          <option value="">…</option>
          <DatasetOptions datasets={datasets.value?.items ?? []} />
        </select>
        <small>{texts.evaluateHint}</small>
      </label>
      <ErrorNotice error={evaluate.error} />
      <div class="row">
        <button type="submit" class="button" disabled={evaluate.busy || dataset === ''}>
          {texts.evaluate}
        </button>
      </div>
      {result && (
        <p role="status">
          {texts.onRows(number(result.rows))}{' '}
          {Object.entries(result.metrics)
            .map(([name, value]) => `${text(name).name} ${write(name, value)}`)
            .join(' · ')}
        </p>
      )}
    </form>
  )
}
