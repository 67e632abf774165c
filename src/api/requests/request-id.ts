import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Returns the client's own request id if it is safe to repeat, else a new one. */
export function requestId({ headers }: { headers: IncomingHttpHeaders }): string {
  return sentId(headers) ?? randomUUID()
}

/** Returns the client's own request id if it is safe to repeat in headers and logs, else undefined. */
export function sentId(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:/+=-]{1,128}$/.test(sent) ? sent : undefined
}
