import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useTexts } from '../../texts/texts.tsx'

export type Input = Schemas['Signature']['inputs'][number]

interface Props {
  input: Input
  value: unknown
  onChange: (value: unknown) => void
}

/** Asks for the value of one column. An empty field is a missing value. */
export function FeatureField({ input, value, onChange }: Props) {
  const { tryIt } = useTexts()
  const { exact } = useFormat()
  const { name, type, range, categories, nullable } = input
  const text = value === null || value === undefined ? '' : String(value)
  if (categories) {
    return (
      <label class="field">
        {name}
        <select value={text} onChange={(event) => onChange(valueIn(categories, event.currentTarget.value))}>
          {nullable && <option value="">{tryIt.missing}</option>}
          {categories.map((each) => (
            <option value={String(each)}>{String(each)}</option>
          ))}
        </select>
      </label>
    )
  }
  const limits = range ? `${boundText(range.min, exact)} – ${boundText(range.max, exact)}` : undefined
  return (
    <label class="field">
      {name}
      <input
        type={type === 'number' ? 'number' : 'text'}
        step="any"
        value={text}
        placeholder={nullable ? tryIt.missing : ''}
        onInput={({ currentTarget }) => onChange(written(type, currentTarget))}
      />
      {limits && <small title={tryIt.aboutRange}>{limits}</small>}
    </label>
  )
}

function boundText(bound: number | string, write: (value: number) => string): string {
  return typeof bound === 'number' ? write(bound) : bound
}

function written(type: Input['type'], { value, valueAsNumber }: HTMLInputElement): unknown {
  if (value === '') return null
  return type === 'number' ? valueAsNumber : value
}

function valueIn(categories: readonly (string | boolean)[], text: string): unknown {
  return categories.find((each) => String(each) === text) ?? null
}
