/**
 * What a child process loads before all else, so that it ends when its parent does, even by SIGKILL: between
 * two steps of its work because the channel to the parent closes, and in the middle of a long one because a
 * thread of its own sees that the parent is another.
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

/** An address for \`node --import\`. */
export const LIFELINE = `data:text/javascript,${encodeURIComponent(CODE)}`
