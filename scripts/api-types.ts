import { register } from 'node:module'

/** openapi-typescript prints by the JavaScript API of TypeScript, which ends before version 7: this package has it. */
const PRINTER = '@ts-morph/common/dist/typescript.js'
const HEADER = '// Written by `npm run openapi` from openapi.yaml.\n\n'

/** Returns the TypeScript types of all calls of an OpenAPI document, given as YAML. */
export async function apiTypes(yaml: string): Promise<string> {
  const hook = `export const resolve = (name, context, next) => next(name === 'typescript' ? '${PRINTER}' : name, context)`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
  const { astToString, default: openapiTypescript } = await import('openapi-typescript')
  const nodes = await openapiTypescript(yaml, { alphabetize: false, silent: true })
  return HEADER + astToString(nodes)
}
