import { useEffect, useState } from 'preact/hooks'
import { isRead, type MadeCall, madeCalls, whenCalled } from '../api/calls.ts'
import { SERVICE } from '../api/client.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { commandOf } from '../parts/command.ts'
import { Fold } from '../parts/fold.tsx'
import { useSession } from '../session/session.tsx'
import { useTexts } from '../texts/texts.tsx'

/** Calls that are listed. */
const MAX_LISTED = 20

/** The calls of the API that the page has made so far, each with the curl command that makes it once more. */
export function MadeCalls() {
  const { calls: texts } = useTexts()
  return (
    <Fold class="calls" summary={texts.title}>
      <List />
    </Fold>
  )
}

function List() {
  const { calls: texts } = useTexts()
  const [reads, setReads] = useState(false)
  const calls = useCalls()
  const shown = calls.filter((call) => reads || !isRead(call)).slice(0, MAX_LISTED)
  return (
    <div class="stack">
      <p class="quiet fine">{texts.about}</p>
      <label class="check fine">
        <input type="checkbox" checked={reads} onChange={(event) => setReads(event.currentTarget.checked)} />
        {texts.reads}
      </label>
      {shown.length === 0 && <p class="quiet fine">{texts.none}</p>}
      <ul class="plain-list stack tight">
        {shown.map((call) => (
          <li key={`${call.method} ${call.url} ${call.body}`}>
            <Call call={call} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Call({ call }: { call: MadeCall }) {
  const { access } = useSession()
  const { method, url, status } = call
  return (
    <Fold
      class="fine"
      summary={
        <code>
          {method} {url.replace(SERVICE, '')}{' '}
          {status !== undefined && <span class={status < 400 ? 'tag' : 'tag bad'}>{status}</span>}
        </code>
      }
    >
      <CodeBlock code={commandOf(call, access.keys)} />
    </Fold>
  )
}

/** Returns the calls that were made, and follows them. */
function useCalls(): readonly MadeCall[] {
  const [calls, setCalls] = useState(madeCalls)
  useEffect(() => whenCalled(() => setCalls(madeCalls())), [])
  return calls
}
