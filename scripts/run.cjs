'use strict'
// `node scripts/run.cjs NAME …` runs scripts/NAME.mjs, unless this Node is too old to read it.
// biome-ignore lint/style/useNodejsImportProtocol: Node 12 does not know it
const path = require('path')
// biome-ignore lint/style/useNodejsImportProtocol: Node 12 does not know it
const url = require('url')
const tooOld = require('./setup/node-version.cjs')

const problem = tooOld(process.versions.node)
if (problem) {
  console.error(problem)
  process.exit(1)
}
const file = path.join(__dirname, `${process.argv[2]}.mjs`)
process.argv.splice(1, 2, file)
import(url.pathToFileURL(file).href)
