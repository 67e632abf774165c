import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const PREFIX = join(tmpdir(), 'fitserve-disk-')

/** Whether this process may mount file systems, which it tries once and undoes at once. */
export const canMount = tryToMount()

function tryToMount(): boolean {
  const folder = mkdtempSync(PREFIX)
  try {
    const mounted = mount(folder, '-t', 'tmpfs', 'tmpfs')
    if (mounted) spawnSync('umount', [folder])
    return mounted
  } finally {
    rmdirSync(folder)
  }
}

/** Runs `mount` with a folder as its last argument. @returns whether it succeeded */
export function mount(folder: string, ...args: string[]): boolean {
  return spawnSync('mount', [...args, folder]).status === 0
}

/** Folders with a disk of their own that are still mounted. */
const disks: string[] = []

// Registered when a test file imports this module, and so run after the hooks of that file.
afterAll(async () => {
  for (const disk of disks.splice(0)) {
    // A process that still uses the disk keeps it until it ends.
    spawnSync('umount', ['-l', disk])
    await rmdir(disk)
  }
})

/**
 * Mounts a file system of its own that soon is full, and unmounts it when all tests of the file are over.
 * @param megabytes its size
 * @returns the folder where it is mounted
 * @throws Error unless `canMount`
 */
export async function mountSmallDisk(megabytes: number): Promise<string> {
  const folder = await mkdtemp(PREFIX)
  disks.push(folder)
  if (!mount(folder, '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs'))
    throw new Error(`no file system can be mounted at ${folder}`)
  return folder
}
