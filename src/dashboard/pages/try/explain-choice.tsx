import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'

/** What is to be explained: the answer, a class, label or target by its name, or nothing. */
export interface Explains {
  asked: boolean
  /** Absent: the answer. */
  name?: string
}

/** Contributions that are asked for. */
const TOP = 100

interface Props {
  output: Schemas['Signature']['output']
  explains: Explains
  onChange: (explains: Explains) => void
}

/** Asks whether answers are explained, and for models of several outputs which of them. */
export function ExplainChoice({ output, explains, onChange }: Props) {
  const { tryIt } = useTexts()
  const names = namesOf(output)
  return (
    <div class="row">
      <label class="check">
        <input
          type="checkbox"
          checked={explains.asked}
          onChange={(event) => onChange({ ...explains, asked: event.currentTarget.checked })}
        />
        {tryIt.explain}
      </label>
      {explains.asked && names.length > 0 && (
        <label class="row fine">
          {tryIt.explainWhat}
          <select
            class="plain"
            value={explains.name ?? ''}
            onChange={({ currentTarget: { value } }) =>
              onChange({ asked: true, ...(value === '' ? {} : { name: value }) })
            }
          >
            <option value="">{tryIt.theAnswer}</option>
            {names.map((name) => (
              <option value={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
    </div>
  )
}

/** Returns the fields of a question that ask for an explanation. */
export function explainFields(
  output: Schemas['Signature']['output'],
  { asked, name }: Explains,
): Pick<Schemas['PredictRequest'], 'explain' | 'notes'> {
  if (!asked) return { notes: true }
  if (name === undefined) return { notes: true, explain: { top: TOP } }
  return {
    notes: true,
    explain: output.type === 'values' ? { top: TOP, target: name } : { top: TOP, label: name },
  }
}

/** Returns the names of the outputs of a model that can be explained by themselves; none where there is one. */
function namesOf(output: Schemas['Signature']['output']): readonly string[] {
  if (output.type === 'label') return output.classes.length > 2 ? output.classes : []
  if (output.type === 'labels') return output.classes
  return output.type === 'values' ? output.targets.map(({ name }) => name) : []
}
