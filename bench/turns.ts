import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const TURNS = fileURLToPath(new URL('turns.cjs', import.meta.url))

/** The environment in which a server notes in a file how long the turns of its event loop are. */
export function notingTurns(file: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require ${TURNS}`, TURNS_FILE: file }
}

/** The longest turn that was noted from a moment on, in milliseconds of processor time. */
export async function longestTurn(file: string, from: number): Promise<number> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  const notes = lines.map((line) => line.split(' ').map(Number))
  return Math.max(...notes.map(([at = 0, longest = 0]) => (at > from + 250 ? longest : 0)))
}
