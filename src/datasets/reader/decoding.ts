import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { FitserveError } from '../../errors.ts'
import { beginningOf } from '../../runtime/read-whole.ts'
import { streamToFile } from '../../runtime/stream-to-file.ts'
import type { Encoding } from '../contract.ts'
import { FIRST_HALF } from '../unicode.ts'

/*
 * Files in other encodings than UTF-8 are written anew as UTF-8, so that everything behind reads one encoding. A byte that
 * is no character becomes 0xFF, which UTF-8 does not have: its line is then reported like any line that is not UTF-8.
 *
 * Two of Node's own decoders will not do: windows-1252 reads 0x80 as a control character instead of €, and euc-kr knows 2,350
 * of the 11,172 Korean syllables and makes others of the rest.
 */

const UTF8_MARK = Buffer.from('\uFEFF')
/** Bytes of the longest byte order mark, that of UTF-32. */
const MARK_BYTES = 4
/** A byte that no UTF-8 text has. */
const WRONG = Buffer.from([0xff])
/** What the decoders write for a byte that is no character, until it is encoded. Half a pair of surrogates is no text. */
const WRONG_MARK = '\udfff'
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Turns the bytes of a file into texts, chunk by chunk. */
interface Decoder {
  write(bytes: Buffer): string
  /** Returns what is left at the end of the file. */
  end(): string
}

/**
 * Returns a file in UTF-8 with the same text: the file itself, or one in the folder.
 * @param encoding null: UTF-16 if the file begins with its byte order mark, else UTF-8
 * @throws FitserveError `invalid-dataset` where the file begins with the byte order mark of UTF-8 and the encoding is another
 */
export async function inUtf8(file: string, folder: string, encoding: Encoding | null): Promise<string> {
  const begin = await beginningOf(file, MARK_BYTES)
  const actual = encoding ?? markedEncoding(begin)
  if (actual === 'utf-8') return file
  if (begin.subarray(0, UTF8_MARK.length).equals(UTF8_MARK)) throw markedAsUtf8(actual)
  const decoder = DECODERS[actual]()
  const decoded = join(folder, 'decoded')
  async function* texts(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) yield encoded(decoder.write(chunk))
    yield encoded(decoder.end())
  }
  await streamToFile(decoded, texts(createReadStream(file, { highWaterMark: 256 * 1024 })))
  return decoded
}

function markedEncoding([a, b, c, d]: Buffer): Encoding {
  // UTF-32 begins like UTF-16, and is told elsewhere that it is not read.
  if (a === 0xff && b === 0xfe && !(c === 0 && d === 0)) return 'utf-16le'
  return a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
}

function markedAsUtf8(encoding: Encoding): FitserveError {
  const message = `The file begins with the byte order mark of UTF-8, and so does not seem to be ${encoding}. Leave the parameter encoding out. If the rest of the file is ${encoding} all the same, remove the mark: tail -c +4 FILE.`
  return new FitserveError('invalid-dataset', message, { problems: [{ path: '/encoding', message }] })
}

function encoded(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text)
  const pieces = text.split(LONE_SURROGATE).flatMap((piece) => [WRONG, Buffer.from(piece)])
  return Buffer.concat(pieces.slice(1))
}

const DECODERS: Record<Exclude<Encoding, 'utf-8'>, () => Decoder> = {
  'utf-16le': () => utf16((bytes) => bytes),
  'utf-16be': () => utf16((bytes) => Buffer.from(bytes).swap16()),
  'windows-1252': () => singleBytes(windows1252),
  'iso-8859-1': () => singleBytes((bytes) => bytes.toString('latin1')),
  cp949: korean,
  'euc-kr': korean,
  'windows-1250': () => byNode('windows-1250'),
  'windows-1251': () => byNode('windows-1251'),
  'windows-1253': () => byNode('windows-1253'),
  'windows-1254': () => byNode('windows-1254'),
  'windows-1257': () => byNode('windows-1257'),
  'koi8-r': () => byNode('koi8-r'),
  shift_jis: () => byNode('shift_jis'),
  'euc-jp': () => byNode('euc-jp'),
  gb18030: () => byNode('gb18030'),
  big5: () => byNode('big5'),
}

/** What Node's decoders write for bytes that are no character: the sign for that, or a control character. */
const NO_CHARACTER = /[\ufffd\x80-\x9f]/g

function byNode(encoding: Encoding): Decoder {
  const decoder = new TextDecoder(encoding)
  return {
    write: (bytes) => decoder.decode(bytes, { stream: true }).replace(NO_CHARACTER, WRONG_MARK),
    end: () => decoder.decode().replace(NO_CHARACTER, WRONG_MARK),
  }
}

function singleBytes(write: (bytes: Buffer) => string): Decoder {
  return { write, end: () => '' }
}

/** Characters of the bytes 0x80 to 0x9F in windows-1252; `\0` for those that it does not have. */
const WINDOWS_1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ'

function windows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\x80-\x9f]/g, (byte) => {
    const character = WINDOWS_1252.charAt(byte.charCodeAt(0) - 0x80)
    return character === '\0' ? WRONG_MARK : character
  })
}

function utf16(inOrder: (bytes: Buffer) => Buffer): Decoder {
  let held = Buffer.alloc(0)
  return {
    write(bytes) {
      const all = Buffer.concat([held, bytes])
      let end = all.length - (all.length % 2)
      let text = inOrder(all.subarray(0, end)).toString('utf16le')
      // The second half of a pair may be in the next chunk.
      if (FIRST_HALF.test(text)) {
        end -= 2
        text = text.slice(0, -1)
      }
      held = all.subarray(end)
      return text
    },
    end: () => WRONG_MARK.repeat(Math.ceil(held.length / 2)),
  }
}

/** First bytes of Korean pairs that the extension of KS X 1001 has, and of those that it shares with KS X 1001. */
const FIRST_LEAD = 0x81
const LAST_SYLLABLE_LEAD = 0xc6
const SHARED_LEAD = 0xa1

/** Pairs that were added to KS X 1001 in 1998 and that Node's decoder lacks. */
const ADDED: readonly (readonly [pair: number, character: string])[] = [
  [0xa2e6, '€'],
  [0xa2e7, '®'],
]

/** Codes of the characters of Korean pairs by first byte · 256 + second byte; 0 for none. */
let pairs: Uint16Array | undefined

/**
 * Returns the table of Korean pairs: those of KS X 1001, and the syllables that it lacks, which Microsoft's code page 949
 * puts in the order of Unicode on the free places.
 */
function koreanPairs(): Uint16Array {
  const table = new Uint16Array(0x10000)
  const decoder = new TextDecoder('euc-kr')
  const known = new Set<number>()
  for (let lead = SHARED_LEAD; lead <= 0xfe; lead++)
    for (let trail = 0xa1; trail <= 0xfe; trail++) {
      const text = decoder.decode(Uint8Array.of(lead, trail))
      const code = text.charCodeAt(0)
      const isPrivate = code >= 0xe000 && code <= 0xf8ff
      if (text.length !== 1 || code === 0xfffd || isPrivate) continue
      table[lead * 256 + trail] = code
      known.add(code)
    }
  for (const [pair, character] of ADDED) table[pair] = character.charCodeAt(0)
  let syllable = 0xac00
  for (let lead = FIRST_LEAD; lead <= LAST_SYLLABLE_LEAD; lead++)
    for (let trail = 0x41; trail <= (lead < SHARED_LEAD ? 0xfe : 0xa0); trail++) {
      const isFree = trail <= 0x5a || (trail >= 0x61 && trail <= 0x7a) || trail >= 0x81
      if (!isFree) continue
      while (known.has(syllable)) syllable++
      if (syllable > 0xd7a3) return table
      table[lead * 256 + trail] = syllable++
    }
  return table
}

function korean(): Decoder {
  pairs ??= koreanPairs()
  const table = pairs
  let lead = 0
  return {
    write(bytes) {
      const codes = new Uint16Array(bytes.length + 1)
      let length = 0
      for (const byte of bytes) {
        if (lead !== 0) {
          const code = table[lead * 256 + byte] ?? 0
          lead = 0
          if (code !== 0) {
            codes[length++] = code
            continue
          }
          codes[length++] = 0xdfff
        }
        if (byte < 0x80) codes[length++] = byte
        else if (byte >= FIRST_LEAD && byte <= 0xfe) lead = byte
        else codes[length++] = 0xdfff
      }
      return Buffer.from(codes.buffer, 0, length * 2).toString('utf16le')
    },
    end: () => (lead === 0 ? '' : WRONG_MARK),
  }
}

/**
 * Returns bytes as a text, with half a surrogate pair in place of each byte that is no character of the encoding.
 * @param isCut whether the bytes end within the text, so that the last character may be cut off
 */
export function decodedBy(encoding: Exclude<Encoding, 'utf-8'>, bytes: Buffer, isCut: boolean): string {
  const decoder = DECODERS[encoding]()
  const text = decoder.write(bytes)
  return isCut ? text : text + decoder.end()
}
