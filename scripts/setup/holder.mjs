import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Returns a text that identifies this process as a lock's holder: process id, start time, and the boot and pid
 * namespace that both belong to. A bare pid would be misread after a reboot, in a container, or once it is reused.
 */
export function describeSelf() {
  return `${process.pid} ${startTime(process.pid)} ${world()}`
}

/**
 * @param {string} holder
 * @returns {'alive' | 'dead' | 'unknown'} unknown: the holder belongs to another boot or pid namespace
 */
export function stateOf(holder) {
  const [pid, start, theirs] = holder.split(' ')
  if (theirs !== world()) return 'unknown'
  return startTime(Number(pid)) === start ? 'alive' : 'dead'
}

/** Returns a process's start time; '' if it has ended or is a zombie. */
function startTime(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return /[ZX]/.test(fields[0]) ? '' : fields[19]
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
      .replaceAll(' ', '_')
  } catch {
    return ''
  }
}

function world() {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return process.platform
  }
}
