// Loaded into a server before it starts, where TURNS_FILE is set: notes there four times a second the longest processor
// time of the event loop's thread between two of its turns, in milliseconds. Unlike a pause by the clock it says
// nothing of what else the machine, or another thread of the process, had to do. Where the system does not tell a
// thread's time (it is Linux that does), it is that of the whole process.
const { appendFileSync, readFileSync } = require('node:fs')

const file = process.env.TURNS_FILE
if (file) {
  delete process.env.TURNS_FILE
  let before = processorMs()
  let longest = 0
  setInterval(() => {
    const now = processorMs()
    longest = Math.max(longest, now - before)
    before = now
  }, 1).unref()
  setInterval(() => {
    appendFileSync(file, `${Date.now()} ${longest}\n`)
    longest = 0
  }, 250).unref()
}

function processorMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}
