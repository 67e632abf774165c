import { fileURLToPath } from 'node:url'
import { SERVER_CORE } from './measure.ts'
import { addressOf, answers, startOn, stop, withErrors } from './processes.ts'

/** A server that answers `POST /predict`. */
export interface Server {
  url: string
  pid: number
  stop(): Promise<void>
}

const path = (file: string) => fileURLToPath(new URL(`peers/${file}`, import.meta.url))

/** The bare Fastify route. @param kind of what a request has one */
export function startBare(kind: 'text' | 'row'): Promise<Server> {
  return startPeer([process.execPath, '--import', 'tsx', path('bare.ts'), kind])
}

/** Starts a server that prints its address and answers `/health/live`. */
export async function startPeer(command: string[]): Promise<Server> {
  const child = startOn(SERVER_CORE, withErrors(command))
  const url = await addressOf(child)
  await answers(`${url}/health/live`)
  return { url, pid: child.pid ?? 0, stop: () => stop(child) }
}
