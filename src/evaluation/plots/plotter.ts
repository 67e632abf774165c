import { createHash } from 'node:crypto'
import { FitserveError } from '../../errors.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import { HelperPool, ownProgram } from '../../runtime/helper-pool.ts'
import { VERSION } from '../../version.ts'
import { PlotReply, type PlotTask } from './messages.ts'

/** A plot that can be drawn. */
export interface PreparedPlot {
  /** Hex digits, equal for tasks whose pictures are equal. */
  digest: string
  /** @throws FitserveError `overloaded`, `not-ready`, `internal` */
  draw(): Promise<Buffer>
}

/** Draws plots in a child process, so that a process that answers requests neither loads the libraries nor waits. */
export interface Plots {
  prepare(task: PlotTask): PreparedPlot
  /** Ends the child; plots in hand are refused. */
  close(): void
}

/** How the child process is run. */
export interface PlotsOptions {
  /** The child's program; `.ts` is run by tsx. Default: this project's own. */
  path?: string
  /** Milliseconds after which a child without work ends. Default: a minute. */
  idleMs?: number
  /** Milliseconds after which a plot counts as one that cannot be drawn. Default: 30 seconds. */
  timeLimitMs?: number
}

/** Heap of the child, in MB. */
const HEAP_MB = 384
/** Plots that wait for the one that is being drawn; further ones are refused. */
const MAX_WAITING = 63
/** Pictures that are kept for the next request, some tens of kB each. */
const MAX_KEPT = 64

/** Starts a child when the first plot is asked for and keeps it warm for a while. Plots are drawn one at a time. */
export function createPlots(options: PlotsOptions = {}): Plots {
  const pool = new HelperPool({
    program: options.path ?? ownProgram(import.meta.url, '../../programs/draw-plot'),
    heapMb: HEAP_MB,
    maxHelpers: 1,
    idleMs: options.idleMs ?? 60_000,
    timeLimitMs: options.timeLimitMs ?? 30_000,
    maxWaiting: MAX_WAITING,
    overloadedMessage: 'Too many plots are being drawn.',
  })
  const kept = new Map<string, Promise<Buffer>>()

  const ask = async (task: PlotTask): Promise<Buffer> => {
    try {
      const reply = PlotReply.parse(await pool.ask(task))
      if (reply.kind === 'drawn') return Buffer.from(reply.picture, 'base64')
      throw new Error(reply.message)
    } catch (cause) {
      if (cause instanceof FitserveError) throw cause
      throw new FitserveError('internal', 'The plot could not be drawn.', { cause })
    }
  }

  const draw = (digest: string, task: PlotTask): Promise<Buffer> => {
    const known = kept.get(digest)
    kept.delete(digest)
    const plot = known ?? ask(task)
    kept.set(digest, plot)
    // The caller receives the failure; here the next request only tries again.
    plot.catch(() => kept.delete(digest))
    forgetOldest(kept, MAX_KEPT)
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
    close: () => pool.close(),
  }
}
