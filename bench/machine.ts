import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** The machine in one line: what a figure depends on beside the code. */
export function machine(): string {
  const cores = availableParallelism()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cores} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, ${type()} ${release().split('.', 2).join('.')}, Node ${process.versions.node}`
}

/** Exact versions of packages that this project uses. */
export function ownVersion(name: string): string {
  const file = new URL('../package.json', import.meta.url)
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
  return String({ ...dependencies, ...devDependencies }[name])
}

/** Runnable processes of the last minute for each core: above about 0.2 others work on the machine too. */
export function load(): number {
  const [minute = '0'] = readFileSync('/proc/loadavg', 'utf8').split(' ')
  return Number(minute) / availableParallelism()
}
