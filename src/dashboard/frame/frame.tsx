import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { useSession } from '../session/session.tsx'
import { SignIn } from '../session/sign-in.tsx'
import { useTexts } from '../texts/texts.tsx'
import { Account } from './account.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { MadeCalls } from './made-calls.tsx'
import { Navigation } from './navigation.tsx'

/** What is around every page: the header with the ways to go, and the landmark of the content. */
export function Frame({ children }: { children: ComponentChildren }) {
  const { frame } = useTexts()
  const { access } = useSession()
  const main = useRef<HTMLElement>(null)
  const [location] = useLocation()
  const first = useRef(true)
  useEffect(() => {
    // A screen reader goes on at the new page, as after an ordinary link.
    if (!first.current) main.current?.focus()
    first.current = false
    scrollTo(0, 0)
  }, [location])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {frame.skip}
      </button>
      <header class="bar">
        <Link href="/" class="brand">
          <img src={icon} alt="" width="28" height="28" />
          fitserve
        </Link>
        {access.role !== null && <Navigation />}
        <div class="bar-end">
          <LanguageSwitch />
          <Account />
        </div>
      </header>
      <main ref={main} class="content" tabIndex={-1}>
        {access.role === null ? <SignIn /> : children}
      </main>
      <footer class="foot">
        {access.role !== null && <MadeCalls />}
        <a href="docs">{frame.docs}</a>
        <a href="openapi.yaml">openapi.yaml</a>
      </footer>
    </>
  )
}

const icon = new URL('../icon.svg', import.meta.url).href
