import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { bound } from './bound.ts'

/** A server of another program, which a test can stop and start again. */
export interface ServerProcess {
  readonly pid: number | undefined
  /** Resolves when it answers; rejects if it ends before. */
  start(): Promise<void>
  /** Resolves when it has ended; at once if it does not run. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Resolves when the signal is sent; for SIGSTOP, when the process is stopped, since it may answer until then. */
  signal(signal: NodeJS.Signals): Promise<void>
}

/**
 * Prepares a server without starting it. It ends with the process of the tests.
 * @param server.ends the signal that tells it to end, SIGTERM by default
 */
export function serverProcess(server: {
  program: string
  args: string[]
  options?: { cwd?: string; uid?: number; gid?: number }
  answers: () => Promise<boolean>
  ends?: NodeJS.Signals
}): ServerProcess {
  let child: ChildProcess | undefined
  return {
    get pid() {
      return child?.pid
    },
    async start() {
      child = spawn(...bound(server.program, server.args), { ...server.options, stdio: 'ignore' })
      await once(child, 'spawn')
      while (!(await server.answers())) {
        if (hasEnded(child)) throw new Error(`${server.program} ended at its start`)
        await sleep(20)
      }
    },
    async stop(signal = server.ends ?? 'SIGTERM') {
      if (child === undefined || hasEnded(child)) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
    async signal(signal) {
      child?.kill(signal)
      if (signal === 'SIGSTOP' && child?.pid !== undefined)
        while (!(await isStopped(child.pid))) await sleep(5)
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Tells whether each thread of a process is stopped; assumed on systems other than Linux. */
async function isStopped(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const threads = await readdir(`/proc/${pid}/task`)
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      // The name before the state is in parentheses, and may have spaces and parentheses of its own.
      return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    }),
  )
  return states.every((state) => state === 'T')
}

/**
 * The ports that `freePort` chooses from. They lie below those that a system gives to outgoing connections and to
 * listeners on port 0, which would otherwise take a port between the probe and the start of its server.
 */
const FIRST_PORT = 12_000
const PORTS = 20_000

/** Ports that this process has handed out. */
const handedOut = new Set<number>()

/** Finds a port of loopback that is free. It is chosen at random, so that other test processes choose others. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS)
    if (handedOut.has(port) || !(await canListen(port))) continue
    handedOut.add(port)
    return port
  }
}

/** Tells whether nothing else listens on a port of loopback. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Tells whether a port of loopback accepts connections. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
