/** States of a fault that tests have noticed. Tests that do not end any more have noticed it too. */
const KILLED = ['Killed', 'Timeout']
/** States of a fault that no test has noticed. */
const SURVIVED = ['Survived', 'NoCoverage']
/**
 * States of a fault that tests were to notice. Others were not drawn, are in what a file computes while it is loaded, or are
 * ignored.
 */
export const TRIED = [...KILLED, ...SURVIVED, 'RuntimeError']

/** Tells whether no test has noticed a fault. */
export function isSurvivor({ status }) {
  return SURVIVED.includes(status)
}

/**
 * Returns the lines that report a run.
 * @param {string} place what was mutated
 * @param {{fileName: string, status: string, line: number, before: string, after: string}[]} faults `before` and `after`
 *   are the lines that the fault is in, without the spaces around them
 * @param {{file: string, before: string, after: string, reason: string}[]} accepted survivors that may stay
 * @returns {{lines: string[], share: number}} the survivors, the share of each file where there are several, and last
 *   the share that was noticed, in percent
 */
export function linesOf(place, faults, accepted) {
  const isAccepted = ({ fileName, before, after }) =>
    accepted.some((each) => each.file === fileName && each.before === before && each.after === after)
  const survivors = faults.filter(isSurvivor)
  const lines = survivors
    .filter((fault) => !isAccepted(fault))
    .flatMap(({ fileName, line, status, before, after }) => [
      `${fileName}:${line}${status === 'NoCoverage' ? ' (no test comes here)' : ''}`,
      `  - ${before}`,
      `  + ${after}`,
    ])
  const files = [...new Set(faults.map(({ fileName }) => fileName))].sort()
  if (files.length > 1)
    for (const file of files) {
      const own = faults.filter(({ fileName }) => fileName === file)
      lines.push(`mutants of ${file}: ${totalOf(own, isAccepted).text}`)
    }
  const { share, text } = totalOf(faults, isAccepted)
  lines.push(`mutants of ${place}: ${text}`)
  return { lines, share }
}

function totalOf(faults, isAccepted) {
  const killed = faults.filter(({ status }) => KILLED.includes(status)).length
  const survivors = faults.filter(isSurvivor)
  const accepted = survivors.filter(isAccepted).length
  const survived = survivors.length - accepted
  const all = killed + survived
  const share = all === 0 ? 100 : (100 * killed) / all
  const note = accepted === 0 ? '' : `, ${accepted} accepted`
  return { share, text: `${share.toFixed(1)} % of ${all} killed, ${survived} survived${note}` }
}

/**
 * Returns a fault as the change of whole lines.
 * @param {string} source the file
 * @param {{start: {line: number, column: number}, end: {line: number, column: number}}} location lines and columns from 1
 * @param {string} replacement what stands in its place
 */
export function changeOf(source, { start, end }, replacement) {
  const lines = source.split('\n')
  const first = lines[start.line - 1] ?? ''
  const last = lines[end.line - 1] ?? ''
  const before = lines.slice(start.line - 1, end.line).join('\n')
  const after = first.slice(0, start.column - 1) + replacement + last.slice(end.column - 1)
  return { before: onOneLine(before), after: onOneLine(after) }
}

function onOneLine(text) {
  return text.replace(/\s+/g, ' ').trim()
}
