import { useState } from 'preact/hooks'
import { useTexts } from '../texts/texts.tsx'

/** Text for a terminal or a file, with a button that copies it. */
export function CodeBlock({ code }: { code: string }) {
  const { common } = useTexts()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(code)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div class="stack tight">
      <pre class="code">{code}</pre>
      {/* Browsers give pages without TLS a clipboard on this machine only. */}
      {window.isSecureContext && (
        <div class="row">
          <button type="button" class="button small" onClick={() => void copy()}>
            <span aria-live="polite">{copied ? common.copied : common.copy}</span>
          </button>
        </div>
      )}
    </div>
  )
}
