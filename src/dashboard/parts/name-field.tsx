import { useTexts } from '../texts/texts.tsx'

interface Props {
  label: string
  hint: string
  value: string
  /** What the service says is wrong with it. */
  fault?: string | undefined
  onInput: (value: string) => void
}

/** Asks for a name of a data set, model or alias. All have the same form. */
export function NameField({ label, hint, value, fault, onInput }: Props) {
  const { common } = useTexts()
  return (
    <label class="field">
      {label}
      <input
        required
        pattern="[A-Za-z][A-Za-z0-9._\-]{0,63}"
        title={common.nameHint}
        value={value}
        aria-invalid={fault !== undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {fault && <small class="wrong">{fault}</small>}
      <small>{hint}</small>
    </label>
  )
}
