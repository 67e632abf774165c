import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DISK_FULL, unless } from './folder-errors.ts'

/** Interval at which a process shows that it is alive, in ms. */
const BEAT_MS = 60_000
/** Time without a beat after which an owner on another machine or in another container counts as dead, in ms. */
const SILENT_MS = 15 * 60_000
/** File whose modification time is the owner's last beat. */
const ALIVE = 'alive'

/** Temporary files of one process. Other processes remove them once it is dead. */
export interface Workspace {
  /** Returns a path for a new file; its folder exists. */
  file(): Promise<string>
  /** Makes a new, empty folder and returns its path. */
  folder(): Promise<string>
  /** Returns the time of the file system's clock, in milliseconds since 1970. */
  now(): Promise<number>
  /** Removes what dead processes have left. Returns the names; with `dryRun` nothing is removed. */
  sweep(options: { dryRun: boolean }): Promise<string[]>
  /** Stops the beat and removes the files. */
  close(): Promise<void>
}

/**
 * Makes a folder for this process alone below `root`, which must exist, and removes those of dead processes. A process
 * of this machine and process namespace is known by its pid and start time. Any other, for instance in a container on
 * the same folder or on another machine with the same network drive, counts as dead by the age of its last beat. Both
 * times are by the file system's clock, so the machines' clocks may differ.
 */
export async function openWorkspace(root: string): Promise<Workspace> {
  const self = await identify(process.pid)
  const own = join(root, `${self.place}+${process.pid}+${self.start}+${randomUUID().slice(0, 8)}`)
  /** Not recursive: if `root` is gone, its disk may be unmounted, and a folder made in its place would hide that. */
  const make = () => unless(['EEXIST'], () => mkdir(own))
  const beat = async () => {
    await make()
    await writeFile(join(own, ALIVE), '')
  }
  // On a full disk there is no folder yet, but a process may read: the next beat or file makes it.
  const begun = await unless(DISK_FULL, async () => {
    await beat()
    return true
  })
  const sweepNow = ({ dryRun }: { dryRun: boolean }) => sweep({ root, own, place: self.place, dryRun })
  if (begun) await sweepNow({ dryRun: false })
  let beats = 0
  const timer = setInterval(() => {
    beats += 1
    const late = beats % (SILENT_MS / BEAT_MS) === 0
    beat()
      .then(() => (late ? sweepNow({ dryRun: false }) : undefined))
      // Dropped: if the disk is full or unmounted, the next call of the store reports it to its caller.
      .catch(() => undefined)
  }, BEAT_MS)
  timer.unref()

  return {
    async file() {
      await make()
      return join(own, randomUUID())
    },
    async folder() {
      await make()
      return mkdtemp(join(own, 'work-'))
    },
    async now() {
      await beat()
      return (await stat(join(own, ALIVE))).mtimeMs
    },
    sweep: sweepNow,
    async close() {
      clearInterval(timer)
      await rm(own, { recursive: true, force: true })
    },
  }
}

async function sweep(where: {
  root: string
  own: string
  place: string
  dryRun: boolean
}): Promise<string[]> {
  const { root, own, place, dryRun } = where
  const now = (await stat(join(own, ALIVE))).mtimeMs
  const dead: string[] = []
  for (const name of await readdir(root)) {
    const path = join(root, name)
    if (path === own || !(await isDead(path, name, place, now))) continue
    dead.push(name)
    if (!dryRun) await rm(path, { recursive: true, force: true })
  }
  return dead
}

async function isDead(path: string, name: string, place: string, now: number): Promise<boolean> {
  const [itsPlace, pid, start] = name.split('+')
  if (itsPlace === place && pid !== undefined) {
    // Dropped: /proc has no entry for a process that has ended, which is the answer.
    const running = await identify(Number(pid)).catch(() => undefined)
    return running === undefined || running.start !== start
  }
  const beat =
    (await unless(['ENOENT'], () => stat(join(path, ALIVE)))) ?? (await unless(['ENOENT'], () => stat(path)))
  return beat !== undefined && now - beat.mtimeMs > SILENT_MS
}

/**
 * Returns where a pid is valid (this boot of this machine, this process namespace) and when the process started there.
 */
async function identify(pid: number): Promise<{ place: string; start: string }> {
  if (process.platform !== 'linux') {
    process.kill(pid, 0)
    return { place: hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-'), start: '0' }
  }
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? '0'
  const line = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The program's name, in brackets, may hold any character. After it come state, parent, …; the start time is the
  // 20th.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z') throw new Error('The process has ended')
  return { place: `${boot}-${namespace}`, start: fields[19] ?? '0' }
}
