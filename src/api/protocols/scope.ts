import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { errorForClient, prepareRefusal } from '../plugins/problems.ts'
import { PROBLEMS } from '../problem-table.ts'
import { pathOf } from '../requests/path-of.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

/** Error responses of a protocol. */
export interface ErrorForm {
  /** Returns the body of an answer about an error. @param address method and path, as `POST /v1/models/m:predict` */
  body(error: FitserveError, address: string): unknown
  /** Returns the status. Default: that of the error's code. */
  status?(error: FitserveError): number
}

/** Makes the routes that are added to this scope report errors in the form of their protocol. */
export function useErrorForm(app: App, form: ErrorForm): void {
  app.setErrorHandler((error, request, reply) => {
    const known = errorForClient(error, request)
    prepareRefusal(reply, form.status?.(known) ?? PROBLEMS[known.code].status)
    const address = `${request.method} ${pathOf(request.url)}`
    return reply.type(JSON_TYPE).send(JSON.stringify(form.body(known, address)))
  })
}

/** Returns an error's message with those of its first problems that the message does not repeat. */
export function wholeMessage({ message, problems }: FitserveError): string {
  const others = problems
    .slice(0, 3)
    .filter((problem) => !message.includes(problem.message))
    .map(({ path = '', message: fault }) => (path === '' ? fault : `${path}: ${fault}`))
  return [message, ...others].join(' ')
}

/** Returns the refusal of a request, about one place of its body. @param path JSON pointer; empty: the whole body */
export function refusal(message: string, path = ''): FitserveError {
  return new FitserveError('invalid-request', message, { problems: [{ path, message }] })
}

/** The settings that all routes of foreign protocols share: they predict, and stand in their own specifications. */
export const FOREIGN = {
  config: { role: 'predict', foreign: true, readOnly: true, plain: true },
  schema: { hide: true },
} as const

/** The same for what anyone may ask at any time, such as whether the service is there. */
export const FOREIGN_OPEN = {
  ...FOREIGN,
  config: { ...FOREIGN.config, role: 'anyone', vital: true },
} as const

/** The same for routes that read a body, which the handler checks. */
export const FOREIGN_ROWS = {
  ...FOREIGN,
  config: { ...FOREIGN.config, streamed: true, bodies: { [JSON_TYPE]: z.unknown() } },
}
