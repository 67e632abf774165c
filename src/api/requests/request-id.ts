import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The client's own id where it has sent one that is safe to repeat, else a new one. */
export function requestId({ headers }: { headers: IncomingHttpHeaders }): string {
  return sentId(headers) ?? randomUUID()
}

/** The client's own id, if it is safe to repeat. */
export function sentId(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:/+=-]{1,128}$/.test(sent) ? sent : undefined
}
