import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder for what test files of one run share. */
    sharedFolder: string
  }
}

/** Vitest's set-up of a run: makes the folder that its files share. Returns what removes it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-shared-'))
  project.provide('sharedFolder', folder)
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 })
}

/** The template that this process makes: services that are started side by side wait for the same one. */
let making: Promise<void> | undefined

/**
 * Copies an empty database into the folder of an embedded queue that is not there yet. To make one takes six seconds of
 * processor time, so a run makes one for all its files.
 * @param shared folder that the files of the run share
 */
export async function copyEmptyQueue(shared: string, folder: string): Promise<void> {
  const template = join(shared, 'queue')
  if (!existsSync(template)) {
    making ??= makeTemplate(template)
    await making
  }
  await cp(join(template, 'database'), join(folder, 'database'), { recursive: true })
}

/** Two processes that find no template both make one; the first to be ready counts. */
async function makeTemplate(template: string): Promise<void> {
  // Loaded here, since most test files find a template and need nothing of the queue itself.
  const { createEmbeddedQueue } = await import('../../src/jobs/queue/embedded.ts')
  const draft = `${template}-${process.pid}`
  const queue = await createEmbeddedQueue({ folder: draft })
  await queue.close()
  await rename(draft, template).catch(async (error: unknown) => {
    if (!existsSync(template)) throw error
    await rm(draft, { recursive: true })
  })
}
