import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Texts } from './catalogue.ts'

/** The languages of the page, each with its own name. */
export const LANGUAGES = { en: 'English', ko: '한국어' } as const
export type Language = keyof typeof LANGUAGES

/** Where the browser keeps the language that the user has chosen. */
const CHOSEN = 'fitserve-language'

const CATALOGUES: Record<Language, () => Promise<Texts>> = {
  en: async () => (await import('./en.ts')).en,
  ko: async () => (await import('./ko.ts')).ko,
}

interface Speech {
  language: Language
  texts: Texts
  choose: (language: Language) => void
}

const SpeechContext = createContext<Speech | undefined>(undefined)

function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('There are no texts above this part of the page.')
  return speech
}

/** Returns all texts of the page in the user's language. */
export function useTexts(): Texts {
  return useSpeech().texts
}

/** Returns the user's language, and what changes it. */
export function useLanguage(): Pick<Speech, 'language' | 'choose'> {
  return useSpeech()
}

/** Loads the texts in the user's language, and gives them to all that is below. */
export function TextsProvider({ children }: { children: ComponentChildren }) {
  const [language, setLanguage] = useState(firstLanguage)
  const [texts, setTexts] = useState<{ language: Language; texts: Texts }>()
  useEffect(() => {
    let over = false
    void CATALOGUES[language]().then((found) => {
      if (over) return
      document.documentElement.lang = language
      setTexts({ language, texts: found })
    })
    return () => {
      over = true
    }
  }, [language])
  if (!texts) return null
  const choose = (next: Language) => {
    localStorage.setItem(CHOSEN, next)
    setLanguage(next)
  }
  return <SpeechContext.Provider value={{ ...texts, choose }}>{children}</SpeechContext.Provider>
}

/** Returns the language that was chosen before, else the first of the browser's that the page has. */
function firstLanguage(): Language {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return wanted.find(isLanguage) ?? 'en'
}

/** Tells whether the page has texts in a language. */
export function isLanguage(name: string | null): name is Language {
  return name !== null && Object.hasOwn(LANGUAGES, name)
}
