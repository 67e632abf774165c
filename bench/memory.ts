import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { treeOf } from './processes.ts'

/** Resident memory of a process and all that it started, in MB. */
export interface Memory {
  /** The sum of each process's own peak (VmHWM), whether or not they lived at the same time. */
  peaks: number
  /** The largest sum of what all had resident (VmRSS) at one moment. */
  together: number
  /** The most that the first process had resident at one moment. */
  first: number
}

const EVERY_MS = 50
const KB_IN_MB = 1024

/** Watches a process and its descendants from now on, by `/proc`. */
export class MemoryWatch {
  readonly #pid: number
  readonly #peaks = new Map<number, number>()
  readonly #stop = new AbortController()
  readonly #watching: Promise<void>
  #together = 0
  #first = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#watching = this.#watch()
  }

  /** Ends the watch. */
  async end(): Promise<Memory> {
    await this.#look()
    this.#stop.abort()
    await this.#watching
    const peaks = [...this.#peaks.values()].reduce((sum, peak) => sum + peak, 0)
    return {
      peaks: peaks / KB_IN_MB,
      together: this.#together / KB_IN_MB,
      first: this.#first / KB_IN_MB,
    }
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look()
      await wait(EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    let together = 0
    for (const pid of await treeOf(this.#pid)) {
      const found = await memoryOf(pid)
      if (!found) continue
      this.#peaks.set(pid, Math.max(found.peak, this.#peaks.get(pid) ?? 0))
      together += found.resident
      if (pid === this.#pid) this.#first = Math.max(this.#first, found.resident)
    }
    this.#together = Math.max(this.#together, together)
  }
}

/** MB that a process has resident now. @throws Error where there is no such process, or no `/proc` */
export async function residentOf(pid: number): Promise<number> {
  const found = await memoryOf(pid)
  if (!found) throw new Error(`there is no process ${pid}, or no /proc`)
  return found.resident / KB_IN_MB
}

async function memoryOf(pid: number): Promise<{ peak: number; resident: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, peak] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? []
  const [, resident] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? []
  return peak && resident ? { peak: Number(peak), resident: Number(resident) } : undefined
}
