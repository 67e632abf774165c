import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('./fixtures/weights.ts', import.meta.url))
const taskset = ['0', '1'].every((core) => spawnSync('taskset', ['-c', core, 'true']).status === 0)
const required = process.env['CI'] === 'true' && process.platform === 'linux'
if (!taskset) console.warn('skipped: weights on one core and on two; that needs taskset and two cores')

/** The hash of the weights that a process on these cores trains. */
function weights(engine: string, cores: string): string {
  const command = ['-c', cores, process.execPath, '--import', 'tsx', SCRIPT, engine]
  return execFileSync('taskset', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

describe.skipIf(!taskset && !required)('on one core and on two', () => {
  it.each(['typed', 'tensorflow'])('the engine %s trains the same weights, bit for bit', (engine) => {
    const one = weights(engine, '0')
    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(weights(engine, '0,1')).toBe(one)
    expect(weights(engine, '1')).toBe(one)
  })
})
