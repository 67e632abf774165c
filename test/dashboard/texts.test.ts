import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ts } from '@ts-morph/common'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { en } from '../../src/dashboard/texts/en.ts'
import { ko } from '../../src/dashboard/texts/ko.ts'

const PAGE = fileURLToPath(new URL('../../src/dashboard/', import.meta.url))

/** Words that are the same in every language: names, formats, and signs of statistics. */
const NAMES = /^(fitserve|curl|JSON|openapi\.yaml|p50|p99|95%|F1|R²)$/

/** Attributes of elements whose values a user sees or hears. */
const SEEN = new Set(['title', 'placeholder', 'alt', 'label', 'aria-label', 'aria-description', 'hint'])

/** The sides of an operator that may be its value. A comparison has a value of its own. */
const VALUES_OF = new Map<ts.SyntaxKind, (node: ts.BinaryExpression) => ts.Node[]>([
  [ts.SyntaxKind.AmpersandAmpersandToken, ({ right }) => [right]],
  [ts.SyntaxKind.BarBarToken, ({ left, right }) => [left, right]],
  [ts.SyntaxKind.QuestionQuestionToken, ({ left, right }) => [left, right]],
  [ts.SyntaxKind.PlusToken, ({ left, right }) => [left, right]],
])

/** Returns the texts of a catalogue by their paths. A function is asked with the names of its parameters' places. */
function textsOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return [[path, String(value('1', '2', '3', '4'))]]
  return Object.entries(z.record(z.string(), z.unknown()).parse(value)).flatMap(([key, each]) =>
    textsOf(each, path === '' ? key : `${path}.${key}`),
  )
}

/** Returns the words that a file of the page shows without a catalogue, each with its line. */
function looseWordsIn(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(PAGE, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found: string[] = []
  const note = (node: ts.Node, text: string) => {
    const words = text.trim()
    if (!/\p{L}{2}/u.test(words) || NAMES.test(words)) return
    found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${words}`)
  }
  const look = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node, node.text)
    if (ts.isJsxAttribute(node) && SEEN.has(node.name.getText()) && node.initializer)
      for (const text of literalsIn(node.initializer)) note(text, text.text)
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent) && node.expression)
      for (const text of literalsIn(node.expression)) note(text, text.text)
    ts.forEachChild(node, look)
  }
  look(source)
  return found
}

/** Returns the literals that an expression may have as its value. */
function literalsIn(node: ts.Node): ts.LiteralLikeNode[] {
  if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
    return [node]
  if (ts.isJsxExpression(node) || ts.isParenthesizedExpression(node))
    return node.expression ? literalsIn(node.expression) : []
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(literalsIn)
  if (ts.isBinaryExpression(node)) {
    const sides = VALUES_OF.get(node.operatorToken.kind)?.(node) ?? []
    return sides.flatMap(literalsIn)
  }
  if (ts.isTemplateExpression(node))
    return [node.head, ...node.templateSpans.map(({ literal }) => literal)].flatMap(literalsIn)
  return []
}

it('no text of the page is the same in both languages, but names', () => {
  const korean = new Map(textsOf(ko))
  const same = textsOf(en).filter(([path, text]) => korean.get(path) === text && !NAMES.test(text))
  expect(same.filter(([, text]) => /\p{L}{2}/u.test(text))).toEqual([])
})

it('every text in Korean has Korean letters, but names and formulas', () => {
  const foreign = textsOf(ko).filter(([, text]) => !/\p{Script=Hangul}/u.test(text) && /\p{L}{3}/u.test(text))
  expect(foreign).toEqual([])
})

it('no page has words of its own beside the catalogues', () => {
  const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tsx'),
  )
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap(looseWordsIn)).toEqual([])
})

it('the words for a field of the recipe are there in Korean for every field of the API, and for no other', () => {
  const document = z
    .object({
      components: z.object({
        schemas: z.object({ Recipe: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
      }),
    })
    .parse(parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')))
  const fields = Object.keys(document.components.schemas.Recipe.properties)
  expect(Object.keys(ko.train.fields).toSorted()).toEqual(fields.toSorted())
})
