import { createHash } from 'node:crypto'
import { type Material, mutated } from '../bytes.ts'
import { JSON_WORDS } from '../json.ts'
import type { Draws } from '../random.ts'
import { deletionOfVersion, type Target } from '../target.ts'

/** Size of a block of a tar archive, in bytes. */
const BLOCK = 512

interface Entry {
  readonly head: Buffer
  readonly name: string
  readonly content: Buffer
}

/** Returns the target of imported versions. @param exported returns an export of a version */
export function archiveTarget(exported: () => Buffer): Target {
  return {
    name: 'archives',
    share: 0.2,
    next(draws) {
      const archive = exported()
      return {
        method: 'POST',
        path: '/models/imported/versions?promote=never',
        headers: { 'content-type': 'application/x-tar' },
        body: draws.chance(0.3)
          ? mutated(draws, { corpus: [archive], words: ['ustar', 'manifest.json', '../a'] })
          : packed(changedEntries(entriesOf(archive), draws)),
      }
    },
    undo: (answer) => deletionOfVersion('imported', answer),
  }
}

function entriesOf(archive: Buffer): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const head = archive.subarray(at, at + BLOCK)
    const size = Number.parseInt(head.toString('latin1', 124, 136), 8)
    const name = head.toString('latin1', 0, 100).replace(/\0.*$/s, '')
    entries.push({ head, name, content: archive.subarray(at + BLOCK, at + BLOCK + size) })
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return entries
}

/** Changes the content of one file; mostly the hashes and lengths that other files have of it follow. */
function changedEntries(entries: readonly Entry[], draws: Draws): Entry[] {
  const at = draws.below(entries.length)
  const chosen = entries[at]
  if (!chosen) return [...entries]
  const material: Material = {
    corpus: [chosen.content],
    words: [...JSON_WORDS, '0', '-1', '1e9', 'Infinity'],
  }
  let changed: Entry = { ...chosen, content: mutated(draws, material) }
  let all = entries.map((entry, index) => (index === at ? changed : entry))
  if (draws.chance(0.1)) return all.filter(() => draws.chance(0.8))
  if (draws.chance(0.1)) return all
  // A manifest names the files, and a label names the manifest.
  let before = chosen
  for (const name of ['manifest.json', 'export.json']) {
    const entry = all.find((each) => each.name === name)
    if (!entry || entry.name === changed.name) continue
    const next = { ...entry, content: told(entry.content, before, changed) }
    all = all.map((each) => (each === entry ? next : each))
    before = entry
    changed = next
  }
  return all
}

/** Returns a file's text with the hash and length of another one as they are now. */
function told(text: Buffer, before: Entry, after: Entry): Buffer {
  const hashOf = ({ content }: Entry) => createHash('sha256').update(content).digest('hex')
  return Buffer.from(
    text
      .toString()
      .replaceAll(hashOf(before), hashOf(after))
      .replaceAll(`"bytes":${before.content.length}`, `"bytes":${after.content.length}`),
  )
}

function packed(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ head, content }) => [
    headOf(head, content.length),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ])
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

/** Returns a head with another length of the content, and its checksum. */
function headOf(head: Buffer, length: number): Buffer {
  const copy = Buffer.from(head)
  copy.write(`${length.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  copy.write('        ', 148, 'latin1')
  const sum = copy.reduce((total, byte) => total + byte, 0)
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return copy
}
