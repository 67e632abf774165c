import { Route, Switch } from 'wouter-preact'
import { useTexts } from '../texts/texts.tsx'
import { page } from './page.tsx'

const Start = page(async () => (await import('./start/start.tsx')).Start)

/** The pages by their addresses. Each is loaded when it is asked for. */
export function Pages() {
  const { common } = useTexts()
  return (
    <Switch>
      <Route path="/">
        <Start />
      </Route>
      <Route>
        <h1>{common.noSuchPage}</h1>
      </Route>
    </Switch>
  )
}
