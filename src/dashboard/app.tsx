import { Router } from 'wouter-preact'
import { useHashLocation } from 'wouter-preact/use-hash-location'
import { Frame } from './frame/frame.tsx'
import { Pages } from './pages/pages.tsx'
import { SessionProvider } from './session/session.tsx'
import { Waiting } from './session/waiting.tsx'
import { TextsProvider } from './texts/texts.tsx'

/**
 * The whole page. Its addresses are behind a `#`, so that none of them meets a route of the API, and a reload shows the
 * same again.
 */
export function App() {
  return (
    <TextsProvider>
      <SessionProvider waiting={<Waiting />}>
        <Router hook={useHashLocation}>
          <Frame>
            <Pages />
          </Frame>
        </Router>
      </SessionProvider>
    </TextsProvider>
  )
}
