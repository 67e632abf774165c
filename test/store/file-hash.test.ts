import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sha256OfFile } from '../../src/store/file-hash.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = await temporaryFolder()

it.each([0, 1, 2 ** 20, 3 * 2 ** 20 + 5])(
  'the hash of a file of %i bytes is that of its bytes',
  async (size) => {
    const bytes = randomBytes(size)
    const file = join(folder, String(size))
    await writeFile(file, bytes)
    expect(await sha256OfFile(file)).toBe(createHash('sha256').update(bytes).digest('hex'))
  },
)
