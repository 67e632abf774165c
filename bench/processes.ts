import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/** Whether servers and load each get a core of their own. */
export const PINNED = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** Processor time of a service at rest, in seconds of a second, at most. */
const REST = 0.05

/** Ticks of the processor clock in a second, which are 100 on Linux. */
const TICKS = 100

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A program on one core, if cores can be given out; null: on any. */
export function startOn(core: number | null, command: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const [program, ...args] = PINNED && core !== null ? ['taskset', '-c', String(core), ...command] : command
  const child = spawn(program!, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** A command whose errors come with what it prints, to be told where it fails; exec keeps its process the same. */
export function withErrors(command: string[]): string[] {
  return ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...command]
}

/** Tells a process to end and waits until it has. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Returns the first address on loopback that the process prints. */
export async function addressOf(child: ChildProcess): Promise<string> {
  let text = ''
  // A closed pipe would end a server that writes later.
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
    if (found) {
      child.stdout!.resume()
      return found[0]
    }
  }
  throw new Error(`a server ended at its start: ${text.slice(-500)}`)
}

/** Returns a process and its descendants. */
export async function treeOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const children = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  const pids = children.flatMap((list) => list.split(' ').filter(Boolean)).map(Number)
  return [pid, ...(await Promise.all(pids.map(treeOf))).flat()]
}

/**
 * Waits until a process and its descendants use next to no processor time, for at most 60 s: a service that has just started
 * still loads what its workers need.
 */
export async function atRest(pid: number): Promise<void> {
  let before = await cpuSecondsOfTree(pid)
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    await wait(1000)
    const after = await cpuSecondsOfTree(pid)
    if (Math.abs(after - before) < REST) return
    before = after
  }
}

async function cpuSecondsOfTree(pid: number): Promise<number> {
  const seconds = await Promise.all((await treeOf(pid)).map(cpuSeconds))
  return seconds.reduce<number>((sum, each) => sum + (each ?? 0), 0)
}

/** Seconds of processor time that a process has had; undefined where the system does not tell. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Behind the program's name, which may have spaces, user and system time are the 12th and 13th word.
  const words = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return words && (Number(words[11]) + Number(words[12])) / TICKS
}

/**
 * Runs load on a server, and adds to its figures the microseconds of processor time that the server had for each answer, with
 * all that it does beside; null where the system does not tell.
 * @param pid process of the server
 */
export async function withCpuMicros<Load extends { answered: number }>(
  pid: number,
  load: () => Promise<Load>,
): Promise<Load & { cpuMicros: number | null }> {
  const before = await cpuSeconds(pid)
  const figures = await load()
  const after = await cpuSeconds(pid)
  const used = before === undefined || after === undefined ? null : after - before
  return { ...figures, cpuMicros: used === null ? null : (used / figures.answered) * 1e6 }
}

/** Asks until the address answers, for at most 60 s. */
export async function answers(url: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await wait(50)) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
  }
  throw new Error(`${url} did not answer within 60 s`)
}
