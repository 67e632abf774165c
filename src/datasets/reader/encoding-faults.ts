import { type FieldProblem, FitserveError } from '../../errors.ts'
import type { Encoding } from '../contract.ts'
import { encodingOf } from './decoding.ts'

/** What `notInEncoding` writes. */
const MESSAGE = /^Line \d+ is not valid (\S+?)(?:; encoding=(\S+) would read it)?$/

/**
 * Returns the message about a line whose bytes are not in the encoding of its file, with the encoding that would read it.
 * @param encoding the one that the client gave; null: none
 */
export function notInEncoding(line: number, bytes: Buffer, encoding: Encoding | null): string {
  if (encoding !== null && encoding !== 'utf-8') return `Line ${line} is not valid ${encoding}`
  const other = encodingOf(bytes)
  return `Line ${line} is not valid UTF-8${other === undefined ? '' : `; encoding=${other} would read it`}`
}

/** Returns the refusal of a file whose problems are all of its encoding; undefined if they are not. */
export function encodingRefusal(problems: readonly FieldProblem[]): FitserveError | undefined {
  const found = problems.map(({ message }) => MESSAGE.exec(message))
  const [first] = found
  if (!first || found.some((each) => each === null)) return undefined
  const others = new Set(found.map((each) => each?.[2]))
  const [other] = others
  const remedy =
    others.size === 1 && other !== undefined
      ? `It can be read with encoding=${other}: check some texts in GET /datasets/{id}/rows afterwards.`
      : 'Name its encoding with encoding=, or convert it: iconv -f ENCODING -t UTF-8 FILE.'
  return new FitserveError('invalid-dataset', `The file is not ${first[1]}. ${remedy}`, {
    problems: [...problems],
  })
}
