import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this project. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs npm in the project and returns what it wrote as JSON. Commands that find something end with a status other than 0,
 * and their answer counts all the same.
 * @param {string[]} args
 * @returns {Promise<Record<string, any>>}
 */
export function npmJson(args) {
  return new Promise((resolve, reject) => {
    execFile('npm', args, { cwd: ROOT, maxBuffer: 256 * 2 ** 20 }, (error, stdout, stderr) => {
      try {
        resolve(stdout.trim() === '' && !error ? {} : JSON.parse(stdout))
      } catch {
        reject(new Error(`npm ${args[0]} did not answer: ${stderr.trim().split('\n').slice(-3).join(' ')}`))
      }
    })
  })
}

/** Reads a JSON file beside this one. @param {string} name */
export function readJson(name) {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
}

/**
 * Returns the packages of the lock file with name, version, licence, and whether only development needs them.
 * @returns {{ name: string, version: string, licence: string, dev: boolean }[]}
 */
export function lockedPackages() {
  const { packages } = JSON.parse(readFileSync(`${ROOT}/package-lock.json`, 'utf8'))
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { name, version, license, dev }]) => ({
      name: name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license ?? 'unknown',
      dev: dev === true,
    }))
}

/**
 * Returns rows as a table of columns of equal width.
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function asTable(head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at].length)))
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
