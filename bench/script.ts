import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { type Memory, MemoryWatch } from './memory.ts'
import { startOn, withErrors } from './processes.ts'
import { type Environment, peer, program } from './python.ts'

/** The last output of a peer's script, and the memory that it took. */
export interface ScriptResult {
  printed: unknown
  memory: Memory
}

/** Runs a Python script of a peer on all cores. @throws Error where it fails, with what it said last */
export async function runScript(
  environment: Environment,
  file: string,
  args: readonly string[],
): Promise<ScriptResult> {
  const child = startOn(null, withErrors([program(environment), peer(file), ...args]))
  if (child.pid === undefined) throw new Error(`${file} could not be started`)
  const watch = new MemoryWatch(child.pid)
  const ended = once(child, 'exit')
  const said = await text(child.stdout!)
  const [code] = await ended
  const memory = await watch.end()
  const last = said.split('\n').findLast((line) => line.startsWith('{'))
  if (code !== 0 || last === undefined)
    throw new Error(`${file} ended with ${String(code)}: ${said.slice(-500)}`)
  return { printed: JSON.parse(last), memory }
}
