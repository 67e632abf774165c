import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SERVER_CORE } from './measure.ts'
import { addressOf, answers, startOn, stop } from './processes.ts'
import { startFitserve } from './service.ts'
import type { Workload } from './workload.ts'

/** A server that answers `POST /predict`. */
export interface Server {
  url: string
  pid: number
  stop(): Promise<void>
}

export interface Contender {
  name: string
  /** What is missing to run it; undefined: nothing. */
  missing(): string | undefined
  start(workload: Workload): Promise<Server>
}

const path = (file: string) => fileURLToPath(new URL(`peers/${file}`, import.meta.url))

export const FITSERVE = 'fitserve'

export const CONTENDERS: Contender[] = [
  { name: FITSERVE, missing: () => undefined, start: startFitserve },
  {
    name: 'bare Fastify route',
    missing: () => undefined,
    start: () => startBare('text'),
  },
  {
    name: 'FastAPI with scikit-learn',
    missing() {
      const tried = spawnSync('python3', ['-c', 'import fastapi, uvicorn, sklearn'])
      return tried.status === 0 ? undefined : 'python3 with fastapi, uvicorn and scikit-learn'
    },
    start: ({ train }) => startPeer(['python3', path('fastapi_sklearn.py'), train]),
  },
]

/** The bare Fastify route. @param kind of what a request has one */
export function startBare(kind: 'text' | 'row'): Promise<Server> {
  return startPeer([process.execPath, '--import', 'tsx', path('bare.ts'), kind])
}

async function startPeer(command: string[]): Promise<Server> {
  const child = startOn(SERVER_CORE, command)
  const url = await addressOf(child)
  await answers(`${url}/health/live`)
  return { url, pid: child.pid ?? 0, stop: () => stop(child) }
}
