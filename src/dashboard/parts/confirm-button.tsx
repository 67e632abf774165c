import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'
import { ErrorNotice } from './notice.tsx'
import { useAction } from './use-action.ts'

interface Props {
  name: string
  /** What will happen. */
  about: ComponentChildren
  act: () => Promise<unknown>
  /** Whether something is lost by it. Default: true. */
  loses?: boolean
}

/** A button for what cannot be taken back, or should be thought of: it says what will happen, and asks. */
export function ConfirmButton({ name, about, act, loses = true }: Props) {
  const { common } = useTexts()
  const [asks, setAsks] = useState(false)
  const action = useAction(async () => {
    await act()
    setAsks(false)
  })
  if (!asks) {
    return (
      <div class="row">
        <button type="button" class={loses ? 'button danger' : 'button'} onClick={() => setAsks(true)}>
          {name}
        </button>
      </div>
    )
  }
  return (
    <section class="notice stack tight" aria-label={name}>
      <p>{about}</p>
      <ErrorNotice error={action.error} />
      <div class="row">
        <button
          type="button"
          class={loses ? 'button danger' : 'button primary'}
          disabled={action.busy}
          onClick={() => void action.run()}
        >
          {name}
        </button>
        <button type="button" class="button" onClick={() => setAsks(false)}>
          {common.cancel}
        </button>
      </div>
    </section>
  )
}
