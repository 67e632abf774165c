import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'

/** Makes a component of a page whose code is loaded when it is shown for the first time. */
export function page<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | undefined
  return function Page(props: Props) {
    const { common } = useTexts()
    const [, setTurn] = useState(0)
    const [failed, setFailed] = useState(false)
    useEffect(() => {
      if (loaded) return
      load().then(
        (found) => {
          loaded = found
          setTurn(1)
        },
        () => setFailed(true),
      )
    }, [])
    if (loaded) {
      const Content = loaded
      return <Content {...props} />
    }
    // A new version of the service has other files: the page that is open asks for old ones.
    if (failed) {
      return (
        <p class="notice bad" role="alert">
          {common.notLoaded}{' '}
          <button type="button" class="button small" onClick={() => window.location.reload()}>
            {common.reload}
          </button>
        </p>
      )
    }
    return <p class="quiet waiting">{common.loading}</p>
  }
}
