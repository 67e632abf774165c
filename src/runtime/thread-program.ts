import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * Returns the URL of a thread's program. A source, as tests run it, is loaded by tsx, which a thread does not inherit.
 * @param module the URL of a module beside it
 * @param name file name without its ending
 */
export function threadProgram(module: string, name: string): URL {
  if (!module.endsWith('.ts')) return new URL(`./${name}.js`, module)
  const source = new URL(`./${name}.ts`, module).href
  const tsx = pathToFileURL(createRequire(module).resolve('tsx/esm/api')).href.replace(/cjs$/, 'mjs')
  const code = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(source)})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}
