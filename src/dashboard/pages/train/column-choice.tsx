import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useTexts } from '../../texts/texts.tsx'
import { type RecipePart, withField } from './order.ts'
import { faultAt, type Judgement } from './use-dry-run.ts'

/** Columns from which one of them can be found by its name. */
const MANY_COLUMNS = 30

interface Props {
  columns: readonly Schemas['Column'][]
  recipe: RecipePart
  judgement: Judgement
  onChange: (recipe: RecipePart) => void
}

/** Chooses the column to predict, and the columns to predict it from. */
export function ColumnChoice({ columns, recipe, judgement, onChange }: Props) {
  const { train, types } = useTexts()
  // The recipe as the service completes it.
  const chosen = judgement.forecast?.recipe
  const faults = {
    target: faultAt(judgement, '/recipe/target'),
    inputs: faultAt(judgement, '/recipe/inputs'),
  }
  const target = typeof recipe['target'] === 'string' ? recipe['target'] : ''
  const inputs = Array.isArray(recipe['inputs']) ? recipe['inputs'] : undefined
  const shown: readonly unknown[] = inputs ?? chosen?.inputs ?? []
  const actualTarget = target || chosen?.target
  const possible = columns.filter(({ name }) => name !== actualTarget)
  const [wanted, setWanted] = useState('')
  const toggle = (name: string) => {
    const next = shown.includes(name)
      ? shown.filter((each) => each !== name)
      : columns.map((column) => column.name).filter((each) => each === name || shown.includes(each))
    onChange(withField(recipe, 'inputs', next))
  }
  return (
    <div class="card stack">
      <label class="field">
        {train.target}
        <select
          value={target}
          aria-invalid={faults.target !== undefined}
          onChange={(event) =>
            onChange(
              withField(
                withField(recipe, 'inputs', undefined),
                'target',
                event.currentTarget.value || undefined,
              ),
            )
          }
        >
          <option value="">{train.chosen(String(chosen?.target ?? '…'))}</option>
          {columns.map(({ name, type }) => (
            <option value={name}>
              {name} ({types[type]})
            </option>
          ))}
        </select>
        {faults.target && <small class="wrong">{faults.target}</small>}
        <small>{train.targetHint}</small>
      </label>
      <fieldset>
        <legend>
          {train.inputs} <span class="quiet">{train.inputCount(shown.length, possible.length)}</span>
        </legend>
        {possible.length > MANY_COLUMNS && (
          <label class="row fine">
            {train.findColumn}
            <input
              type="search"
              class="plain"
              value={wanted}
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          </label>
        )}
        <div class="chips">
          {possible
            .filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()))
            .map(({ name, type }) => (
              <label class="check chip" key={name}>
                <input type="checkbox" checked={shown.includes(name)} onChange={() => toggle(name)} />
                <span>
                  {name} <small class="quiet">{types[type]}</small>
                </span>
              </label>
            ))}
        </div>
        {faults.inputs && <small class="wrong">{faults.inputs}</small>}
        {inputs && (
          <button
            type="button"
            class="button small"
            onClick={() => onChange(withField(recipe, 'inputs', undefined))}
          >
            {train.inputsByService}
          </button>
        )}
      </fieldset>
    </div>
  )
}
