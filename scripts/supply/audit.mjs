/**
 * An advisory that was looked at and accepted: why it does not matter here, and the day after which it is looked at again.
 * @typedef {{ reason: string, until: string }} Answer
 * @typedef {{ id: string, package: string, severity: string, title: string, url: string }} Advisory
 */

/**
 * Returns the advisories of a report of `npm audit --json`, each once. The id is the last part of its address.
 * @param {{ vulnerabilities?: Record<string, { via: (string | Record<string, any>)[] }> }} report
 * @returns {Advisory[]}
 */
export function advisoriesOf({ vulnerabilities = {} }) {
  /** @type {Map<string, Advisory>} */
  const found = new Map()
  for (const { via } of Object.values(vulnerabilities))
    for (const each of via) {
      // A word names another package of the report, whose own entry has the advisory.
      if (typeof each === 'string') continue
      const { url, name, severity, title } = each
      const id = url.slice(url.lastIndexOf('/') + 1)
      found.set(`${id} ${name}`, { id, package: name, severity, title, url })
    }
  return [...found.values()]
}

/**
 * Divides advisories by the answers to them: those without one, or with one that is out of date, are open; answers to
 * nothing are stale.
 * @param {Advisory[]} advisories
 * @param {Record<string, Answer>} answers by the advisory's id
 * @param {string} today as 2026-01-31
 */
export function judged(advisories, answers, today) {
  const isAnswered = ({ id }) => Object.hasOwn(answers, id) && answers[id].until >= today
  return {
    open: advisories.filter((each) => !isAnswered(each)),
    accepted: advisories.filter(isAnswered),
    stale: Object.keys(answers).filter((id) => !advisories.some((each) => each.id === id)),
  }
}
