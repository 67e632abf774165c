import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** Folders that were made outside of a test, by a file's hooks. */
const ofFile: string[] = []

// Registered when a test file imports this module, and so run after the hooks of that file.
afterAll(async () => {
  for (const folder of ofFile.splice(0)) await remove(folder)
})

/**
 * Makes a folder that is removed after the test that asked for it; after all tests of the file where a hook such as
 * `beforeAll` asked.
 * @param name part of the folder's name, for someone who finds it
 */
export async function temporaryFolder(name = 'test'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `fitserve-${name}-`))
  try {
    onTestFinished(() => remove(folder))
  } catch {
    // No test is running: vitest throws.
    ofFile.push(folder)
  }
  return folder
}

/** A process that is just ending may still write, so that a folder is not empty when it is to be removed. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10 })
}
