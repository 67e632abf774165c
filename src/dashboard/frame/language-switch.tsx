import { isLanguage, LANGUAGES, useLanguage, useTexts } from '../texts/texts.tsx'

/** Changes the language of the page. */
export function LanguageSwitch() {
  const { frame } = useTexts()
  const { language, choose } = useLanguage()
  return (
    <select
      class="plain"
      aria-label={frame.language}
      value={language}
      onChange={({ currentTarget: { value } }) => isLanguage(value) && choose(value)}
    >
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <option value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  )
}
