import { useTexts } from '../../texts/texts.tsx'
import { DECIMALS, DELIMITERS, ENCODINGS, QUOTES, type ReadOptions } from './upload.ts'

interface Props {
  options: ReadOptions
  onChange: (options: ReadOptions) => void
}

/** How a file is read: its delimiter, what becomes of lines that cannot be read, and what is rarely needed. */
export function ReadFields({ options, onChange }: Props) {
  const { datasets } = useTexts()
  return (
    <>
      <ChoiceField
        label={datasets.delimiter}
        choices={DELIMITERS}
        value={options.delimiter}
        onChange={(delimiter) => onChange({ ...options, delimiter })}
      />
      <CheckField
        label={datasets.skip}
        value={options.skips}
        onChange={(skips) => onChange({ ...options, skips })}
      />
      <details class="whole-row">
        <summary>{datasets.moreOptions}</summary>
        <div class="grid">
          <RareFields options={options} onChange={onChange} />
        </div>
      </details>
    </>
  )
}

/** Options that a refusal or a warning of the service may advise. */
function RareFields({ options, onChange }: Props) {
  const { datasets } = useTexts()
  return (
    <>
      <ChoiceField
        label={datasets.encoding}
        choices={ENCODINGS}
        value={options.encoding}
        onChange={(encoding) => onChange({ ...options, encoding })}
      />
      <ChoiceField
        label={datasets.quotes}
        choices={QUOTES}
        value={options.quotes}
        textOf={(each) => datasets.quotesAs[each]}
        onChange={(quotes) => onChange({ ...options, quotes })}
      />
      <ChoiceField
        label={datasets.decimal}
        choices={DECIMALS}
        value={options.decimal}
        onChange={(decimal) => onChange({ ...options, decimal })}
      />
      <TextField
        label={datasets.skipLines}
        value={options.skip}
        isNumber
        onChange={(skip) => onChange({ ...options, skip })}
      />
      <TextField
        label={datasets.sheet}
        value={options.sheet}
        onChange={(sheet) => onChange({ ...options, sheet })}
      />
      <TextField
        label={datasets.missingTexts}
        value={options.missing}
        onChange={(missing) => onChange({ ...options, missing })}
      />
      <CheckField
        label={datasets.noHeader}
        value={options.noHeader}
        onChange={(noHeader) => onChange({ ...options, noHeader })}
      />
    </>
  )
}

interface ChoiceFieldProps<Choice extends string> {
  label: string
  choices: readonly Choice[]
  /** Undefined: as the file shows. */
  value: Choice | undefined
  textOf?: (choice: Choice) => string
  onChange: (choice: Choice | undefined) => void
}

function ChoiceField<Choice extends string>({
  label,
  choices,
  value,
  textOf = (choice) => choice,
  onChange,
}: ChoiceFieldProps<Choice>) {
  const { datasets } = useTexts()
  return (
    <label class="field">
      {label}
      <select
        value={value ?? ''}
        onChange={({ currentTarget }) => onChange(choices.find((each) => each === currentTarget.value))}
      >
        <option value="">{datasets.bySample}</option>
        {choices.map((each) => (
          <option value={each}>{textOf(each)}</option>
        ))}
      </select>
    </label>
  )
}

interface TextFieldProps {
  label: string
  value: string | undefined
  isNumber?: boolean
  onChange: (value: string) => void
}

function TextField({ label, value = '', isNumber = false, onChange }: TextFieldProps) {
  return (
    <label class="field">
      {label}
      <input
        type={isNumber ? 'number' : 'text'}
        min={isNumber ? 0 : undefined}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  )
}

interface CheckFieldProps {
  label: string
  value: boolean | undefined
  onChange: (value: boolean) => void
}

function CheckField({ label, value = false, onChange }: CheckFieldProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  )
}
