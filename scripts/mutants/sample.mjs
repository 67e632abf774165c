import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

/**
 * Draws a random sample of faults. The same seed draws the same ones while their files stay as they are, since each fault
 * has its own random number, which is computed from the seed and the fault.
 * @param {{id: string, fileName: string, location: object, replacement: string}[]} faults
 * @param {{count: number, seed: number, root: string}} options how many are drawn: all where there are fewer. Files count by
 *   their path from the root.
 * @returns {Set<string>} the ids of those drawn
 */
export function sampleOf(faults, { count, seed, root }) {
  const numbered = faults.map(({ id, fileName, location, replacement }) => {
    const fault = [seed, relative(root, fileName), location, replacement]
    return { id, number: createHash('sha256').update(JSON.stringify(fault)).digest('hex') }
  })
  numbered.sort((a, b) => (a.number < b.number ? -1 : 1))
  return new Set(numbered.slice(0, count).map(({ id }) => id))
}

/**
 * Returns what a fault is known by in another run: its place and what stands there.
 * @param {{fileName: string, location: object, replacement: string}} fault
 * @param {string} root files count by their path from it
 */
export function keyOf({ fileName, location: { start, end }, replacement }, root) {
  const places = [start.line, start.column, end.line, end.column]
  return JSON.stringify([relative(root, fileName), ...places, replacement])
}

/**
 * Leaves out the faults that were not drawn. Stryker knows no samples, but asks a checker of types about all faults before
 * it runs any test: what such a checker refuses counts neither as noticed nor as survived.
 */
const checker = {
  async init() {},
  /** Stryker would ask about one fault after the other. */
  async group(faults) {
    return [faults.map(({ id }) => id)]
  },
  async check(faults) {
    const drawn = drawnOf(faults, JSON.parse(process.env.MUTANTS_SAMPLE), process.cwd())
    const resultOf = (id) =>
      drawn.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' }
    return Object.fromEntries(faults.map(({ id }) => [id, resultOf(id)]))
  },
}

/** Returns the ids of a sample, or of the faults with `keys`. */
function drawnOf(faults, { keys, ...sample }, root) {
  if (keys === undefined) return sampleOf(faults, { ...sample, root })
  const known = new Set(keys)
  return new Set(faults.filter((fault) => known.has(keyOf(fault, root))).map(({ id }) => id))
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Checker, 'sample', checker)]
