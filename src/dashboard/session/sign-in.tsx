import { useState } from 'preact/hooks'
import { ErrorNotice } from '../parts/notice.tsx'
import { useAction } from '../parts/use-action.ts'
import { useTexts } from '../texts/texts.tsx'
import { type Role, useSession } from './session.tsx'

/** Asks for an API key. */
export function SignIn() {
  const { signIn: texts } = useTexts()
  const session = useSession()
  const [key, setKey] = useState('')
  const [keep, setKeep] = useState(false)
  const [unknown, setUnknown] = useState(false)
  const enter = useAction(async () => setUnknown(!(await session.signIn(key.trim(), keep))))
  return (
    <form
      class="card narrow stack"
      onSubmit={(event) => {
        event.preventDefault()
        void enter.run()
      }}
    >
      <h1>{texts.title}</h1>
      {session.refused && (
        <p role="alert" class="notice warn">
          {texts.refused}
        </p>
      )}
      <p class="quiet">{texts.about}</p>
      <label class="field">
        {texts.key}
        <input
          type="password"
          autocomplete="off"
          required
          value={key}
          aria-invalid={unknown}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
        {texts.keep}
      </label>
      {unknown && (
        <p role="alert" class="notice bad">
          {texts.unknown}
        </p>
      )}
      <ErrorNotice error={enter.error} />
      <button type="submit" class="button primary" disabled={enter.busy}>
        {texts.enter}
      </button>
    </form>
  )
}

/** Tells a user which role a part of the page needs. */
export function NeedsRole({ needs, what }: { needs: Role; what: string }) {
  const { signIn: texts } = useTexts()
  return <p class="notice">{texts.needs(what, needs)}</p>
}
