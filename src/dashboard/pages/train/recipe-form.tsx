import { useId, useState } from 'preact/hooks'
import { Fold } from '../../parts/fold.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { COLUMN_FIELDS, type RecipePart, withField } from './order.ts'
import { type RecipeField, recipeFields } from './recipe-schema.ts'
import { faultAt, type Judgement } from './use-dry-run.ts'

interface Props {
  recipe: RecipePart
  judgement: Judgement
  onChange: (recipe: RecipePart) => void
}

/** Fields that the form has elsewhere. */
const ELSEWHERE = new Set(['target', 'inputs', 'budget'])

/** All fields of a recipe. An empty one shows what the service chooses by the data. */
export function RecipeForm(props: Props) {
  const { train } = useTexts()
  const count = Object.keys(props.recipe).filter((field) => !COLUMN_FIELDS.includes(field)).length
  return (
    <Fold
      class="card"
      summary={
        <>
          {train.options} {count > 0 && <span class="tag accent">{count}</span>}
        </>
      }
    >
      <Fields {...props} />
    </Fold>
  )
}

function Fields({ recipe, judgement, onChange }: Props) {
  const { train } = useTexts()
  const fields = useLoad(recipeFields, [])
  const chosen: RecipePart = judgement.forecast?.recipe ?? {}
  return (
    <Loading of={fields}>
      {(value) => (
        <div class="stack">
          <p class="quiet">{train.optionsAbout}</p>
          <div class="grid">
            {value
              .filter(({ name }) => !ELSEWHERE.has(name))
              .map((field) => (
                <Field
                  key={field.name}
                  field={field}
                  value={recipe[field.name]}
                  chosen={chosen[field.name]}
                  fault={faultAt(judgement, `/recipe/${field.name}`)}
                  onChange={(next) => onChange(withField(recipe, field.name, next))}
                />
              ))}
          </div>
        </div>
      )}
    </Loading>
  )
}

interface FieldProps {
  field: RecipeField
  value: unknown
  /** What the service has chosen. */
  chosen: unknown
  fault: string | undefined
  onChange: (value: unknown) => void
}

function Field(props: FieldProps) {
  const { field, fault } = props
  const { train } = useTexts()
  const id = useId()
  return (
    <div class="field">
      <label htmlFor={id}>
        <code>{field.name}</code>
      </label>
      <Control {...props} id={id} />
      {fault && <small class="wrong">{fault}</small>}
      <small id={`${id}-about`}>{train.fields[field.name] ?? field.description.replaceAll('`', '')}</small>
    </div>
  )
}

function Control({ field: { kind }, id, value, chosen, fault, onChange }: FieldProps & { id: string }) {
  const { train } = useTexts()
  const shown = chosen === undefined ? '' : textOf(chosen)
  const text = value === undefined ? '' : textOf(value)
  const common = { id, 'aria-invalid': fault !== undefined, 'aria-describedby': `${id}-about` }
  if (kind.type === 'json') {
    return <JsonInput common={common} text={text} placeholder={shown} onChange={onChange} />
  }
  if (kind.type === 'number') {
    return (
      <input
        {...common}
        type="number"
        min={kind.minimum}
        max={kind.maximum}
        step={kind.whole ? 1 : 'any'}
        value={text}
        placeholder={shown}
        onInput={({ currentTarget }) =>
          onChange(currentTarget.value === '' ? undefined : currentTarget.valueAsNumber)
        }
      />
    )
  }
  return (
    <select {...common} value={text} onChange={(event) => onChange(choiceOf(event.currentTarget.value))}>
      <option value="">{train.chosen(shown)}</option>
      {kind.values.map((each) => (
        <option value={each}>{each}</option>
      ))}
    </select>
  )
}

interface JsonInputProps {
  common: { id: string; 'aria-invalid': boolean; 'aria-describedby': string }
  text: string
  placeholder: string
  onChange: (value: unknown) => void
}

/** Takes a value as JSON, or a plain word. What is no JSON yet stays in the field and changes nothing. */
function JsonInput({ common, text, placeholder, onChange }: JsonInputProps) {
  const [typed, setTyped] = useState<string>()
  const isBroken = typed !== undefined && !readJson(typed).ok
  const change = (next: string) => {
    const read = readJson(next)
    setTyped(next)
    if (read.ok) onChange(read.value)
  }
  return (
    <input
      {...common}
      spellcheck={false}
      class="code"
      value={typed ?? text}
      placeholder={placeholder}
      title={placeholder}
      aria-invalid={common['aria-invalid'] || isBroken}
      onInput={(event) => change(event.currentTarget.value)}
      onBlur={() => !isBroken && setTyped(undefined)}
    />
  )
}

/** Reads JSON or a word; an empty text is no value. */
function readJson(text: string): { ok: true; value: unknown } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined }
  if (/^[A-Za-z][\w-]*$/.test(text) && !['true', 'false', 'null'].includes(text))
    return { ok: true, value: text }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

function choiceOf(text: string): unknown {
  if (text === '') return undefined
  return text === 'true' || text === 'false' ? text === 'true' : text
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
