import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'
import { Answer } from './answer.tsx'
import { AskedByCurl } from './asked-by-curl.tsx'
import { ExampleButton } from './example-button.tsx'
import { ExplainChoice, type Explains, explainFields } from './explain-choice.tsx'
import { FileAnswers } from './file-answers.tsx'
import { IntervalChoice } from './interval-choice.tsx'
import { ManyTexts } from './many-texts.tsx'
import { usePrediction } from './use-prediction.ts'
import { Why } from './why.tsx'

/** Characters up to which the service explains a text. */
const MAX_EXPLAINED = 100_000

interface Props {
  signature: Schemas['Signature']
  /** Name of the only column that the version takes. */
  input: string
}

/** A box whose answer follows the typing. Several lines can be asked as several texts. */
export function TextBox({ signature, input }: Props) {
  const { tryIt } = useTexts()
  const { model, version, output } = signature
  const [text, setText] = useState('')
  const [many, setMany] = useState(false)
  const [explains, setExplains] = useState<Explains>({ asked: true })
  const [level, setLevel] = useState<number>()
  const asks = {
    ...explainFields(output, { ...explains, asked: explains.asked && text.length <= MAX_EXPLAINED }),
    ...(level === undefined ? {} : { interval: level }),
  }
  const question = text.trim() === '' || many ? undefined : { model, version, text, ...asks }
  const prediction = usePrediction(question)
  return (
    <div class="split">
      <div class="stack">
        <label class="field">
          {tryIt.text}
          <textarea
            rows={6}
            value={text}
            placeholder={tryIt.textHint}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <ExampleButton
          signature={signature}
          features={{ [input]: text }}
          onRow={(features) => setText(String(features[input] ?? ''))}
        />
        <label class="check">
          <input type="checkbox" checked={many} onChange={(event) => setMany(event.currentTarget.checked)} />
          {tryIt.many}
        </label>
        {!many && <ExplainChoice output={output} explains={explains} onChange={setExplains} />}
        {!many && (output.type === 'value' || output.type === 'values') && (
          <IntervalChoice signature={signature} level={level} onChange={setLevel} />
        )}
        {question && <AskedByCurl question={question} />}
        <FileAnswers signature={signature} />
      </div>
      {many ? (
        <ManyTexts model={model} version={version} text={text} />
      ) : (
        <div class="stack">
          <Answer prediction={prediction} />
          <Why prediction={prediction} />
        </div>
      )}
    </div>
  )
}
