// Loaded into a server before it starts, where TURNS_FILE is set: notes there four times a second the longest processor
// time between two turns of the event loop, in milliseconds. Unlike a pause by the clock it says nothing of what else
// the machine had to do.
const { appendFileSync } = require('node:fs')

const file = process.env.TURNS_FILE
if (file) {
  delete process.env.TURNS_FILE
  let before = process.cpuUsage()
  let longest = 0
  setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    longest = Math.max(longest, (user + system) / 1000)
  }, 1).unref()
  setInterval(() => {
    appendFileSync(file, `${Date.now()} ${longest}\n`)
    longest = 0
  }, 250).unref()
}
