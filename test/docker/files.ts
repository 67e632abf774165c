import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

export type Instruction = { name: string; rest: string }
export type Stage = { name: string; base: string; instructions: Instruction[] }

/** The stages of the Dockerfile, instruction by instruction. */
export function readStages(): Stage[] {
  const text = readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
  const stages: Stage[] = []
  for (const line of text.split('\n')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (!name || rest === undefined) continue
    const from = name === 'FROM' ? /^(\S+) AS (\S+)$/.exec(rest) : undefined
    if (from) stages.push({ base: from[1]!, name: from[2]!, instructions: [] })
    else stages.at(-1)?.instructions.push({ name, rest })
  }
  return stages
}

/** The paths that `.dockerignore` lets through: it excludes everything and then names exceptions. */
export function contextEntries(): string[] {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n')
  if (lines[0] !== '*') throw new Error('.dockerignore does not begin by shutting everything out')
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
}
