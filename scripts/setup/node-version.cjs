'use strict'
// Written so that Node versions of ten years ago can read it: it exists for them.

/** @param {string} version as in `process.versions.node` @returns {string | undefined} why it will not do */
module.exports = function tooOld(version) {
  const floor = [20, 19]
  const parts = version.split('.').map(Number)
  if (parts[0] > floor[0] || (parts[0] === floor[0] && parts[1] >= floor[1])) return undefined
  return (
    'fitserve set-up failed: this is Node ' +
    version +
    ', and fitserve needs ' +
    floor.join('.') +
    ' or newer.\n' +
    '  Install the current LTS release from https://nodejs.org/ (or `nvm install --lts`).'
  )
}
