import { useTexts } from '../../texts/texts.tsx'

/** Asks which versions to show. @param onFind told the conditions once they are written; empty: all */
export function FindVersions({ onFind }: { onFind: (where: string) => void }) {
  const { model: texts } = useTexts()
  return (
    <label class="field">
      {texts.find}
      <input
        type="search"
        class="code"
        maxLength={500}
        onChange={(event) => onFind(event.currentTarget.value.trim())}
      />
      <small>{texts.findHint}</small>
    </label>
  )
}
