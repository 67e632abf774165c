import { CodeBlock } from '../../parts/code-block.tsx'
import { curlOf } from '../../parts/curl.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** The command that asks the same. */
export function AskedByCurl({ question }: { question: unknown }) {
  const { tryIt } = useTexts()
  const { access } = useSession()
  return (
    <details class="card">
      <summary>{tryIt.curl}</summary>
      <CodeBlock code={curlOf('/predict', question, access.keys)} />
    </details>
  )
}
