/**
 * Returns what changes between two versions: the first of major, minor and patch that differs. Below 1.0.0 a minor version
 * may break as a major one does, and is told as one.
 * @param {string} from
 * @param {string} to
 */
export function stepBetween(from, to) {
  const [before, after] = [from, to].map((version) => version.split('-', 1)[0].split('.').map(Number))
  const at = before.findIndex((part, index) => part !== after[index])
  if (at < 0) return from === to ? 'none' : 'prerelease'
  return at === 0 || (before[0] === 0 && at === 1) ? 'major' : at === 1 ? 'minor' : 'patch'
}

const ORDER = ['major', 'minor', 'patch', 'prerelease', 'none']

/**
 * Makes the rows of the table: the largest steps first, then by name.
 * @param {Record<string, { current?: string, wanted: string, latest: string }>} outdated what `npm outdated --json` says
 * @param {(name: string, version: string) => string | undefined} published the time at which a version was published
 * @param {number} now in milliseconds
 * @returns {string[][]} package, current version, latest version, step, age of the current version in days
 */
export function outdatedRows(outdated, published, now) {
  return Object.entries(outdated)
    .map(([name, { current, wanted, latest }]) => {
      const own = current ?? wanted
      const time = published(name, own)
      const days = time === undefined ? '' : String(Math.floor((now - Date.parse(time)) / 86_400_000))
      return [name, own, latest, stepBetween(own, latest), days]
    })
    .sort((a, b) => ORDER.indexOf(a[3]) - ORDER.indexOf(b[3]) || a[0].localeCompare(b[0]))
}
