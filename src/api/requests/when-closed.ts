import type { ServerResponse } from 'node:http'

/** The functions to call for each response that has not closed. */
const waiting = new WeakMap<ServerResponse, (() => void)[]>()

/**
 * Calls a function once a response has closed: it was sent, or its client has gone. All functions of a response share
 * one listener, and are called in the order in which they were added. With listeners of their own, Node would warn of a
 * leak: it does so from the eleventh on, and the framework and Node's streams add some themselves.
 */
export function whenClosed(response: ServerResponse, call: () => void): void {
  const known = waiting.get(response)
  if (known) {
    known.push(call)
    return
  }
  const calls = [call]
  waiting.set(response, calls)
  response.once('close', () => {
    waiting.delete(response)
    for (const each of calls) each()
  })
}
