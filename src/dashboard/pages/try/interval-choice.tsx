import type { Schemas } from '../../api/client.ts'
import { evaluationOf } from '../../api/version-results.ts'
import { useFormat } from '../../parts/format.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  signature: Schemas['Signature']
  level: number | undefined
  onChange: (level: number | undefined) => void
}

/**
 * Asks how sure an interval around a value is to be, among the levels that the version was measured at; nothing without any.
 */
export function IntervalChoice({ signature: { model, version }, level, onChange }: Props) {
  const { tryIt } = useTexts()
  const { percent } = useFormat()
  const evaluation = useLoad((signal) => evaluationOf(model, version, signal), [model, version])
  const [first] = Object.values(evaluation.value?.perTarget ?? {})
  const measured = evaluation.value?.intervals ?? first?.intervals ?? []
  if (measured.length === 0) return null
  const chosen = measured.find((each) => each.level === level)
  return (
    <label class="field">
      {tryIt.interval}
      <select
        value={level === undefined ? '' : String(level)}
        onChange={({ currentTarget: { value } }) => onChange(value === '' ? undefined : Number(value))}
      >
        <option value="">{tryIt.noInterval}</option>
        {measured.map((each) => (
          <option value={String(each.level)}>{tryIt.intervalOf(percent(each.level))}</option>
        ))}
      </select>
      {chosen && <small>{tryIt.coverage(percent(chosen.coverage))}</small>}
    </label>
  )
}
