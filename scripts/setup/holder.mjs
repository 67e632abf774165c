import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Who holds a lock, as a text: process id, its start time, and the world those belong to (boot and pid
 * namespace). A bare pid would be misread after a reboot, in a container, or once the number is used again.
 */
export function describeSelf() {
  return `${process.pid} ${startTime(process.pid)} ${world()}`
}

/** @param {string} holder @returns {'alive' | 'dead' | 'unknown'} unknown: of another world, so nobody can tell */
export function stateOf(holder) {
  const [pid, start, theirs] = holder.split(' ')
  if (theirs !== world()) return 'unknown'
  return startTime(Number(pid)) === start ? 'alive' : 'dead'
}

/** Of a process that has ended, or waits to be collected by its parent: ''. */
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
