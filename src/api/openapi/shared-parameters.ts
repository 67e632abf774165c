import { capitalized } from '../schemas/registry.ts'
import { isNode, type Node, nodeAt, nodesAt, operationsOf } from './nodes.ts'

/** Replaces each parameter that several operations have by a reference to one in the document's components. */
export function shareParameters(document: Node): void {
  const operations = operationsOf(document)
  const uses = new Map<string, number>()
  for (const parameter of operations.flatMap((operation) => nodesAt(operation, 'parameters'))) {
    const text = JSON.stringify(parameter)
    uses.set(text, (uses.get(text) ?? 0) + 1)
  }
  const names = namesOf([...uses].filter(([, count]) => count > 1).map(([text]) => text))
  for (const operation of operations) {
    const parameters = nodesAt(operation, 'parameters').map((parameter) => {
      const name = names.get(JSON.stringify(parameter))
      return name === undefined ? parameter : { $ref: `#/components/parameters/${name}` }
    })
    if (parameters.length > 0) operation['parameters'] = parameters
  }
  const shared = [...names].map(([text, name]) => [name, JSON.parse(text)])
  nodeAt(document, 'components')['parameters'] = Object.fromEntries(shared.sort())
}

/**
 * Names parameters by their own names and their place (`VersionPath`), which no schema is named by; of several that
 * share both, further ones by a number as well.
 */
function namesOf(texts: readonly string[]): Map<string, string> {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const text of texts) {
    const parameter: unknown = JSON.parse(text)
    const base = isNode(parameter) ? pascalCase(`${parameter['name']}-${parameter['in']}`) : 'Parameter'
    let name = base
    for (let number = 2; taken.has(name); number += 1) name = `${base}${number}`
    taken.add(name)
    names.set(text, name)
  }
  return names
}

function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map(capitalized)
    .join('')
}
