import { type FieldProblem, FitserveError, quoted } from '../../errors.ts'
import type { Encoding } from '../contract.ts'
import { likelyReadings } from './likely-encodings.ts'
import { MAX_PROBLEMS } from './limits.ts'

/** What `EncodingFaults` writes. */
const MESSAGE = /^Line (\d+) is not valid (\S+?)(?:; (encoding=.*))?$/s
/** A reading within it. */
const READING = /encoding=(\S+(?: or \S+)*) would read it as ("(?:[^"\\]|\\.)*")/gs

/** Writes the messages about the lines of a file that are not in its encoding. */
export class EncodingFaults {
  readonly #encoding: Encoding | null
  #count = 0

  /** @param encoding the one that the client gave; null: none */
  constructor(encoding: Encoding | null) {
    this.#encoding = encoding
  }

  /**
   * Returns the message about a line, with the encodings that may read it and what they make of it. These are looked for while
   * an answer lists the lines; a file may have millions of them.
   */
  messageOf(line: number, bytes: Buffer): string {
    const encoding = this.#encoding
    this.#count++
    if (encoding !== null && encoding !== 'utf-8') return `Line ${line} is not valid ${encoding}`
    const fault = `Line ${line} is not valid UTF-8`
    const readings = this.#count > MAX_PROBLEMS ? [] : likelyReadings(bytes)
    const told = readings.map(
      ({ encodings, excerpt }) => `encoding=${encodings.join(' or ')} would read it as ${quoted(excerpt)}`,
    )
    return told.length === 0 ? fault : `${fault}; ${told.join(', ')}`
  }
}

/** Returns the refusal of a file whose problems are all of its encoding; undefined if they are not. */
export function encodingRefusal(problems: readonly FieldProblem[]): FitserveError | undefined {
  const found = problems.map(({ message }) => MESSAGE.exec(message))
  const lines = found.flatMap((each) => (each ? [lineOf(each)] : []))
  if (lines.length === 0 || lines.length < found.length) return undefined
  return new FitserveError('invalid-dataset', `The file is not ${found[0]?.[2]}. ${remedy(lines)}`, {
    problems: [...problems],
  })
}

/** A line at fault, and what the likely encodings make of it. */
interface Line {
  number: string
  readings: ReadonlyMap<string, string>
}

function lineOf([, number = '', , told = '']: RegExpExecArray): Line {
  const readings = [...told.matchAll(READING)].flatMap(([, encodings = '', text = '']) =>
    encodings.split(' or ').map((encoding): [string, string] => [encoding, text]),
  )
  return { number, readings: new Map(readings) }
}

/** Returns what to do with a file, by the encodings that are likely for all of its lines at fault. */
function remedy(lines: readonly Line[]): string {
  const ofAll = Array.from(lines[0]?.readings.keys() ?? []).filter((encoding) =>
    lines.every(({ readings }) => readings.has(encoding)),
  )
  // Of encodings that agree on all lines one will do.
  const byTexts = new Map<string, string>()
  for (const encoding of ofAll) {
    const texts = JSON.stringify(lines.map(({ readings }) => readings.get(encoding)))
    if (!byTexts.has(texts)) byTexts.set(texts, encoding)
  }
  const encodings = [...byTexts.values()]
  const differ = ({ readings }: Line) =>
    new Set(encodings.map((encoding) => readings.get(encoding))).size === encodings.length
  const shown = lines.find(differ) ?? lines[0]
  const told = encodings.map(
    (encoding) =>
      `encoding=${encoding}, in which line ${shown?.number} reads ${shown?.readings.get(encoding)}`,
  )
  if (told.length === 0)
    return 'Name its encoding with encoding=, or convert it: iconv -f ENCODING -t UTF-8 FILE.'
  return told.length === 1
    ? `It can be read with ${told[0]}: check some texts in GET /datasets/{id}/rows afterwards.`
    : `It may be ${told.join(', or ')}. Upload it with the one that is right.`
}
