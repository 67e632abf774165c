/** A call of the API that the page has made. */
export interface MadeCall {
  method: string
  /** With the path of the service and the query. */
  url: string
  /** The text of a body of JSON; undefined: there was none, or it was a file. */
  body: string | undefined
  /** Media type of a file that was sent. */
  file: string | undefined
  /** How it was answered; undefined: it is being answered, or the service did not answer. */
  status: number | undefined
}

/** Calls that are remembered. */
const MAX_CALLS = 60
/** Characters of a body of JSON from which it counts as a file. */
const MAX_BODY = 20_000
/** Calls that ask while the user types: the newest of them stands for all. */
const ASKED_AGAIN = /\/(predict|dry-run)$/

let calls: readonly MadeCall[] = []
const listeners = new Set<() => void>()

/** Returns the calls that the page has made, the newest first; one that was repeated is there once. */
export function madeCalls(): readonly MadeCall[] {
  return calls
}

/** Calls a listener after each call that is made or answered. @returns what ends that */
export function whenCalled(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Forgets all calls, since the next user of the tab may be another one. */
export function forgetCalls(): void {
  tell([])
}

/** Remembers a call. @returns takes how it was answered */
export function remember(call: Omit<MadeCall, 'status'>): (status: number) => void {
  const made: MadeCall = { ...call, status: undefined }
  const isSame = ({ method, url, body }: MadeCall) =>
    method === made.method && url === made.url && (body === made.body || ASKED_AGAIN.test(url))
  tell([made, ...calls.filter((each) => !isSame(each))].slice(0, MAX_CALLS))
  return (status) => tell(calls.map((each) => (each === made ? { ...each, status } : each)))
}

/** Remembers a request of `fetch`. @returns takes how it was answered */
export function rememberRequest(request: Request): (status: number) => void {
  const { method, url } = request
  const kind = request.headers.get('content-type') ?? ''
  const call = { method, url, body: undefined, file: kind === '' ? undefined : kind }
  if (!kind.startsWith('application/json')) return remember(call)
  // The body is read from a copy, which takes a moment.
  const remembered = request
    .clone()
    .text()
    .then((body) => remember(body.length > MAX_BODY ? call : { ...call, body, file: undefined }))
  return (status) => void remembered.then((answered) => answered(status))
}

function tell(next: readonly MadeCall[]): void {
  calls = next
  for (const listener of listeners) listener()
}
