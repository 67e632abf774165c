import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'
import { Answer } from './answer.tsx'
import { AskedByCurl } from './asked-by-curl.tsx'
import { ManyTexts } from './many-texts.tsx'
import { usePrediction } from './use-prediction.ts'

/** A box whose answer follows the typing. Several lines can be asked as several texts. */
export function TextBox({ signature: { model, version } }: { signature: Schemas['Signature'] }) {
  const { tryIt } = useTexts()
  const [text, setText] = useState('')
  const [many, setMany] = useState(false)
  const question = text.trim() === '' || many ? undefined : { model, version, text }
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
        <label class="check">
          <input type="checkbox" checked={many} onChange={(event) => setMany(event.currentTarget.checked)} />
          {tryIt.many}
        </label>
        {question && <AskedByCurl question={question} />}
      </div>
      {many ? <ManyTexts model={model} version={version} text={text} /> : <Answer prediction={prediction} />}
    </div>
  )
}
