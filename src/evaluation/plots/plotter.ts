import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { FitserveError } from '../../errors.ts'
import { HelperProcess } from '../../runtime/helper-process.ts'
import { VERSION } from '../../version.ts'
import { PlotReply, type PlotTask } from './messages.ts'

/** A plot that can be drawn. */
export interface PreparedPlot {
  /** Hex digits, equal for what would look the same. */
  digest: string
  /** @throws FitserveError `overloaded`, `not-ready`, `internal` */
  draw(): Promise<Buffer>
}

/** Draws plots in a child process, so that who answers requests neither loads the libraries nor waits. */
export interface Plots {
  prepare(task: PlotTask): PreparedPlot
  /** Ends the child; plots in hand are refused. */
  close(): void
}

export interface PlotsOptions {
  /** The child's program; `.ts` is run by tsx. */
  path?: string
  /** Milliseconds after which a child without work ends. */
  idleMs?: number
  /** Milliseconds after which a plot counts as one that cannot be drawn. */
  timeLimitMs?: number
}

const HEAP_MB = 384
const MAX_WAITING = 64
const MAX_KEPT = 64

/** Starts a child when the first plot is asked for and keeps it warm for a while. */
export function createPlots(options: PlotsOptions = {}): Plots {
  const { path = ownProgram(), idleMs = 60_000, timeLimitMs = 30_000 } = options
  const kept = new Map<string, Promise<Buffer>>()
  let child: HelperProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let closed = false

  const ask = async (task: PlotTask): Promise<Buffer> => {
    if (closed) throw stopping()
    clearTimeout(idle)
    if (!child || child.ended) child = new HelperProcess(path, HEAP_MB)
    const own = child
    const limit = setTimeout(() => own.kill(), timeLimitMs)
    try {
      const reply = PlotReply.parse(await own.run(task))
      if (reply.kind === 'drawn') return Buffer.from(reply.picture, 'base64')
      throw new Error(reply.message)
    } catch (cause) {
      if (closed) throw stopping()
      throw new FitserveError('internal', 'The plot could not be drawn.', { cause })
    } finally {
      clearTimeout(limit)
      idle = setTimeout(() => own.kill(), idleMs)
      idle.unref()
    }
  }

  const inTurn = (task: PlotTask): Promise<Buffer> => {
    if (waiting >= MAX_WAITING) throw new FitserveError('overloaded', 'Too many plots are being drawn.')
    waiting += 1
    const mine = last.then(() => ask(task))
    last = mine
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1
      })
    return mine
  }

  const draw = (digest: string, task: PlotTask): Promise<Buffer> => {
    const known = kept.get(digest)
    kept.delete(digest)
    const plot = known ?? inTurn(task)
    kept.set(digest, plot)
    plot.catch(() => kept.delete(digest))
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break
      kept.delete(oldest)
    }
    return plot
  }

  return {
    prepare(task) {
      const digest = createHash('sha256')
        .update(JSON.stringify([VERSION, task]))
        .digest('hex')
        .slice(0, 32)
      return { digest, draw: async () => draw(digest, task) }
    },
    close() {
      closed = true
      clearTimeout(idle)
      child?.kill()
    },
  }
}

function ownProgram(): string {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`../../programs/draw-plot${ending}`, import.meta.url))
}

function stopping(): FitserveError {
  return new FitserveError('not-ready', 'The service is stopping.')
}
