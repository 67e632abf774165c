/**
 * @typedef {{ allowed: string[], allowedInDevelopment: string[], packages: Record<string, string> }} Rules
 * @typedef {{ name: string, version: string, licence: string, dev: boolean }} Package
 */

/**
 * Returns the packages whose licence the rules do not allow. Of licences joined by OR one is enough, of those joined by AND
 * each is needed.
 * @param {Package[]} packages
 * @param {Rules} rules
 */
export function refusedLicences(packages, { allowed, allowedInDevelopment, packages: known }) {
  const exceptions = Object.keys(known)
  return packages.filter(({ name, licence, dev }) => {
    // The builds of a package for single platforms are named after it.
    if (exceptions.some((each) => name === each || name.startsWith(`${each}-`))) return false
    const fine = new Set(dev ? [...allowed, ...allowedInDevelopment] : allowed)
    const choices = licence.replace(/[()]/g, '').split(' OR ')
    return !choices.some((choice) => choice.split(' AND ').every((each) => fine.has(each)))
  })
}

/**
 * Counts packages by licence, the most frequent first.
 * @param {Package[]} packages
 * @returns {[licence: string, count: number][]}
 */
export function countLicences(packages) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  return [...counts].sort(([a, one], [b, other]) => other - one || a.localeCompare(b))
}
