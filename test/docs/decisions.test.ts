import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decisionFaults, decisionIndex, readDecisions } from '../../scripts/decisions/read.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const decisions = readDecisions(ROOT)

describe('docs/decisions', () => {
  it('has an id, a status, a reason and existing files for each decision', () => {
    expect(decisionFaults(ROOT, decisions)).toEqual([])
    expect(decisions.length).toBeGreaterThan(60)
  })

  it('has an index that is up to date', () => {
    expect(readFileSync(resolve(ROOT, 'docs/decisions/README.md'), 'utf8')).toBe(decisionIndex(decisions))
  })

  it('has every decision that the code refers to', () => {
    const ids = new Set(decisions.map(({ id }) => id))
    const folders = ['src', 'kernels', 'scripts', 'test'].map((name) => resolve(ROOT, name))
    const unknown: string[] = []
    for (const folder of folders)
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(ts|mjs)$/.test(name) || name.includes('decisions')) continue
        for (const [id] of readFileSync(resolve(folder, name), 'utf8').matchAll(/\bD-\d{2}\b/g))
          if (!ids.has(id)) unknown.push(`${name}: ${id}`)
      }
    expect(unknown).toEqual([])
  })

  it('reports an entry without an id, a reason or an existing file', () => {
    const broken = {
      id: 'D-01',
      title: 'Something',
      page: 'x.md',
      pageTitle: 'X',
      status: 'stands',
      governs: ['src/nowhere.ts'],
      explained: false,
    }
    expect(decisionFaults(ROOT, [broken, { ...broken, id: '', status: 'replaced by D-99' }])).toEqual([
      'docs/decisions/x.md: D-01 gives no reason.',
      'docs/decisions/x.md: D-01 governs src/nowhere.ts, which does not exist.',
      'docs/decisions/x.md: Something has no id: "### D-17 Title" is expected.',
      'docs/decisions/x.md: Something governs src/nowhere.ts, which does not exist.',
      'docs/decisions/x.md:  is replaced by D-99, which does not exist.',
    ])
  })
})
