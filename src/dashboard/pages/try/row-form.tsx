import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'
import { AlongFeature } from './along-feature.tsx'
import { Answer } from './answer.tsx'
import { AskedByCurl } from './asked-by-curl.tsx'
import { ExampleButton } from './example-button.tsx'
import { ExplainChoice, type Explains, explainFields } from './explain-choice.tsx'
import { FeatureField } from './feature-field.tsx'
import { FileAnswers } from './file-answers.tsx'
import { IntervalChoice } from './interval-choice.tsx'
import { usePrediction } from './use-prediction.ts'
import { Why } from './why.tsx'

/** A form made of the columns that a version takes, filled with a row that it answers. */
export function RowForm({ signature }: { signature: Schemas['Signature'] }) {
  const { tryIt } = useTexts()
  const { model, version, inputs, example, output } = signature
  const [features, setFeatures] = useState<Record<string, unknown>>(example)
  const [explains, setExplains] = useState<Explains>({ asked: true })
  const [level, setLevel] = useState<number>()
  const interval = level === undefined ? {} : { interval: level }
  const question = { model, version, features, ...explainFields(output, explains), ...interval }
  const prediction = usePrediction(question)
  return (
    <div class="split">
      <div class="stack">
        <form class="card stack" onSubmit={(event) => event.preventDefault()} aria-label={tryIt.row}>
          <p class="quiet fine">{tryIt.rowHint}</p>
          <ExampleButton signature={signature} features={features} onRow={setFeatures} />
          <div class="grid">
            {inputs.map((input) => (
              <FeatureField
                key={input.name}
                input={input}
                value={features[input.name]}
                onChange={(value) => setFeatures((before) => ({ ...before, [input.name]: value }))}
              />
            ))}
          </div>
        </form>
        <AskedByCurl question={question} />
        <FileAnswers signature={signature} />
      </div>
      <div class="stack">
        <Answer prediction={prediction} />
        <div class="card stack">
          <ExplainChoice output={output} explains={explains} onChange={setExplains} />
          {(output.type === 'value' || output.type === 'values') && (
            <IntervalChoice signature={signature} level={level} onChange={setLevel} />
          )}
        </div>
        <Why prediction={prediction} />
        {output.type !== 'labels' && <AlongFeature signature={signature} features={features} level={level} />}
      </div>
    </div>
  )
}
