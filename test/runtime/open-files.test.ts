import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { expect, it, vi } from 'vitest'
import { openFilesLimit } from '../../src/runtime/open-files.ts'

it('the limit on open files is read once: a report looks up the names of all connected addresses', () => {
  const report = vi.spyOn(process.report, 'getReport')
  const limit = openFilesLimit()
  expect(String(limit ?? 'unlimited')).toBe(
    execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim(),
  )
  expect(openFilesLimit()).toBe(limit)
  expect(report).toHaveBeenCalledOnce()
})
