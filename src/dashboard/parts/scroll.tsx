import type { ComponentChildren } from 'preact'
import { useTexts } from '../texts/texts.tsx'

interface Props {
  /** What is in it. */
  label: string
  /** Whether it is no higher than a part of the window. */
  tall?: boolean
  /** Whether it is a picture. Default: a table. */
  picture?: boolean
  children: ComponentChildren
}

/**
 * A wide table or picture that scrolls by itself, so that the page does not. It takes the focus, so that arrow keys scroll it.
 */
export function Scroll({ label, tall = false, picture = false, children }: Props) {
  const { common } = useTexts()
  return (
    <section
      class={tall ? 'scroll tall' : 'scroll'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
      tabIndex={0}
      aria-label={picture ? label : common.tableOf(label)}
    >
      {children}
    </section>
  )
}
