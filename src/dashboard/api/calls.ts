import { whenKeyChanges } from './key.ts'

/** A call of the API that the page has made. */
export interface MadeCall {
  method: string
  /** With the path of the service and the query. */
  url: string
  /** The text of a body of JSON; undefined: there was none, or it was a file. */
  body: string | undefined
  /** Media type of a file that was sent. */
  file: string | undefined
  /** The media type that is asked for; undefined: any. */
  accept: string | undefined
  /** How it was answered; undefined: it is being answered, or the service did not answer. */
  status: number | undefined
}

/** Calls that only read, and others, that are remembered: the many that read push no order out. */
const MAX_READS = 60
const MAX_OTHERS = 60
/** Characters of a body of JSON from which it counts as a file. */
const MAX_BODY = 20_000
/** Calls that ask while the user types: the newest of them stands for all. */
const ASKED_AGAIN = /\/(predict|dry-run)$/

let calls: readonly MadeCall[] = []
const listeners = new Set<() => void>()
whenKeyChanges(() => tell([]))

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

/** Remembers a call. @returns takes how it was answered */
export function remember(call: Omit<MadeCall, 'status'>): (status: number) => void {
  const made: MadeCall = { ...call, status: undefined }
  const isSame = ({ method, url, body }: MadeCall) =>
    method === made.method && url === made.url && (body === made.body || ASKED_AGAIN.test(url))
  tell(newest([made, ...calls.filter((each) => !isSame(each))]))
  return (status) => tell(calls.map((each) => (each === made ? { ...each, status } : each)))
}

/** Remembers a request of `fetch`. @returns takes how it was answered */
export function rememberRequest(request: Request): (status: number) => void {
  const { method, url } = request
  const kind = request.headers.get('content-type') ?? ''
  const accept = request.headers.get('accept') ?? undefined
  const call = { method, url, accept, body: undefined, file: kind === '' ? undefined : kind }
  if (!kind.startsWith('application/json')) return remember(call)
  // The body is read from a copy, which takes a moment.
  const remembered = request
    .clone()
    .text()
    .then((body) => remember(body.length > MAX_BODY ? call : { ...call, body, file: undefined }))
  return (status) => void remembered.then((answered) => answered(status))
}

/** Tells whether a call changes nothing and asks for no answer of a model. */
export function isRead({ method }: Pick<MadeCall, 'method'>): boolean {
  return method === 'GET'
}

function newest(all: readonly MadeCall[]): MadeCall[] {
  let reads = 0
  let others = 0
  return all.filter((call) => (isRead(call) ? reads++ < MAX_READS : others++ < MAX_OTHERS))
}

function tell(next: readonly MadeCall[]): void {
  calls = next
  for (const listener of listeners) listener()
}
