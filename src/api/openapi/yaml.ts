import { Document, isCollection, isMap, isPair, isSeq, stringify, visit } from 'yaml'
import type { Node } from './nodes.ts'

/** Longest line of the file, in characters. */
const WIDTH = 130

/** Writes the document as YAML. What fits on one line, such as a reference or a list of names, stands on one. */
export function yamlOf(document: Node): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false })
  visit(yaml, {
    Collection: (_key, collection, path) => {
      const flat = collection.items.length > 0 && isShort(collection, indentOf(path))
      if (flat) collection.flow = true
      return flat ? visit.SKIP : undefined
    },
  })
  return wrappedLists(yaml.toString({ lineWidth: WIDTH, flowCollectionPadding: true }))
}

/** Returns the column at which a collection begins, behind its key or the dash of its item. */
function indentOf(path: readonly unknown[]): number {
  const pairs = path.filter(isPair)
  const outer = 2 * (pairs.length - 1 + path.filter(isSeq).length)
  const parent = path.at(-1)
  return isPair(parent) ? outer + String(parent.key).length + PADDING : outer + PADDING
}

/** Characters around a flow collection: quotes of its key, a colon and a space. */
const PADDING = 4

/** Levels of collections inside of one that may stand on one line: those of a response with its media type and schema. */
const MOST_LEVELS = 4

/** Characters of JSON above which a collection is surely too long for a line of YAML, which has fewer quotes. */
const TOO_LONG = 2 * WIDTH

/** Returns whether a collection, with at most `MOST_LEVELS` levels, fits on a line that begins at a column. */
function isShort(collection: { toJSON: () => unknown }, column: number): boolean {
  const json = JSON.stringify(collection)
  // A text of several lines stands below its key.
  if (depth(collection) > MOST_LEVELS || json.length > TOO_LONG || json.includes('\\n')) return false
  const line = stringify(collection.toJSON(), { collectionStyle: 'flow', lineWidth: 0 })
  return line.trimEnd().length + column <= WIDTH
}

function depth(value: unknown): number {
  if (!isCollection(value)) return 0
  const inner = value.items.map((item) => depth(isMap(value) ? (item as { value: unknown }).value : item))
  return 1 + Math.max(0, ...inner)
}

/** A key with a list of words below it, each on a line of its own. */
const LIST = /^( *)([\w-]+):\n((?:\1 {2}- [\w-]+(?::[\w-]+)*\n)+)/gm

/** Sets long lists of words, such as required fields, in a few full lines instead of one line for each word. */
function wrappedLists(yaml: string): string {
  return yaml.replace(LIST, (_list, indent: string, key: string, items: string) => {
    const words = items
      .trim()
      .split(/\n? *- /)
      .slice(1)
    const lines = [`${indent}  [`]
    for (const [index, word] of words.entries()) {
      const next = index + 1 < words.length ? ` ${word},` : ` ${word} ]`
      if (`${lines.at(-1)}${next}`.length > WIDTH) lines.push(`${indent}   `)
      lines.push(`${lines.pop()}${next}`)
    }
    return `${indent}${key}:\n${lines.join('\n')}\n`
  })
}
