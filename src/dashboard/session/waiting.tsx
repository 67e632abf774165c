import { useEffect, useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'

/** Milliseconds after which a start is slow enough to say so. */
const SLOW_MS = 700

/** Says that the service does not answer yet, once it takes long. */
export function Waiting() {
  const { common } = useTexts()
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS)
    return () => clearTimeout(timer)
  }, [])
  return <main class="content">{slow && <p role="status">{common.unreachable}</p>}</main>
}
