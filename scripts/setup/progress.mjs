/**
 * Shows the progress of a long step: one line rewritten in place on a terminal, elsewhere (a log, CI) a plain
 * line at the start and every ten seconds.
 */

/** @typedef {{ update: (done?: number, total?: number) => void, end: (note?: string) => void }} Progress */

const PLAIN_EVERY_MS = 10_000

/**
 * @param {string} label
 * @param {{ quiet?: boolean, out?: NodeJS.WriteStream }} [options]
 * @returns {Progress}
 */
export function startProgress(label, { quiet = false, out = process.stderr } = {}) {
  if (quiet) return { update() {}, end() {} }
  const start = Date.now()
  const live = out.isTTY === true
  let figures = ''
  let printedAt = start
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`
  const text = () => [label, figures, seconds()].filter(Boolean).join('  ')
  const draw = () => {
    if (live) out.write(`\r\x1b[K${text()}`)
    else if (Date.now() - printedAt >= PLAIN_EVERY_MS) {
      printedAt = Date.now()
      out.write(`${text()}\n`)
    }
  }
  if (live) draw()
  else out.write(`${label} …\n`)
  const timer = setInterval(draw, live ? 200 : 1000)
  timer.unref()
  return {
    update(done, total) {
      figures = done === undefined ? '' : describe(done, total)
    },
    end(note = 'done') {
      clearInterval(timer)
      out.write(`${live ? '\r\x1b[K' : ''}${label}: ${note}, ${seconds()}\n`)
    },
  }
}

/** Formats bytes for people: `120 of 274 MB, 44%`. */
function describe(done, total) {
  const mb = (bytes) => Math.round(bytes / 1e6)
  return total ? `${mb(done)} of ${mb(total)} MB, ${Math.floor((100 * done) / total)}%` : `${mb(done)} MB`
}
