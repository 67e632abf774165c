/**
 * Code that a child process loads first, so that it ends when its parent does, even by SIGKILL. Between two steps of
 * its work the closed channel to the parent ends it; in the middle of a long step a thread ends it, which sees that the
 * parent is another process.
 */
const CODE = `
import { Worker } from 'node:worker_threads'
process.once('disconnect', () => process.exit(1))
const watch = \`
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1000)
\`
new Worker(watch, {
  eval: true,
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
}).unref()
`

/** The code as a URL, for `node --import`. */
export const LIFELINE = `data:text/javascript,${encodeURIComponent(CODE)}`
