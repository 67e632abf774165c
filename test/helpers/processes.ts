import { readFile } from 'node:fs/promises'

/** Processes below a process, by pid, from /proc. */
export async function descendants(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const found = children.trim().split(' ').filter(Boolean).map(Number)
  return [...found, ...(await Promise.all(found.map(descendants))).flat()]
}
