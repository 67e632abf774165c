import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { lockFolder } from '../../../src/jobs/queue/folder-lock.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

it('a folder has one owner at a time, who is named to others', async () => {
  const folder = await temporaryFolder('lock')
  await writeFile(join(folder, 'owner.lock'), 'a process of before with a long name\n')
  const unlock = await lockFolder(folder)
  expect(await readFile(join(folder, 'owner.lock'), 'utf8')).toBe(`${process.pid}\n`)
  const refused = {
    code: 'queue-unavailable',
    message: `The embedded queue in DATA_DIR is in use by the process ${process.pid}. Stop it, or set another DATA_DIR, or share a queue by REDIS_URL or DATABASE_URL.`,
  }
  await expect(lockFolder(folder)).rejects.toMatchObject(refused)
  await expect(lockFolder(folder)).rejects.toMatchObject(refused)
  await writeFile(join(folder, 'owner.lock'), 'nobody')
  await expect(lockFolder(folder)).rejects.toThrow('is in use by another process. Stop it')
  await writeFile(join(folder, 'owner.lock'), '')
  await expect(lockFolder(folder)).rejects.toThrow('is in use by another process. Stop it')
  await unlock()
  await (await lockFolder(folder))()
})

it('a folder that is not there cannot be locked', async () => {
  const folder = await temporaryFolder('lock')
  await expect(lockFolder(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' })
})

/** Lets this process find other programs until the end of the test. */
async function programs(scripts: Record<string, string>) {
  const folder = await temporaryFolder('lock')
  for (const [name, script] of Object.entries(scripts))
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const { PATH } = process.env
  process.env['PATH'] = folder
  onTestFinished(() => {
    if (PATH === undefined) delete process.env['PATH']
    else process.env['PATH'] = PATH
  })
  return folder
}

it('without a program that locks, the queue is refused with a remedy', async () => {
  const folder = await programs({})
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'queue-unavailable',
    message: expect.stringContaining('needs the command flock (package util-linux)'),
  })
})

it('another program is asked where the first one is not there', async () => {
  await (await lockFolder(await programs({ perl: 'exit 0' })))()
  await expect(lockFolder(await programs({ perl: 'exit 1' }))).rejects.toThrow('is in use')
  await expect(lockFolder(await programs({ flock: 'exit 1', perl: 'exit 0' }))).rejects.toThrow('is in use')
})

it('a program that fails is told, and no other one asked', async () => {
  await expect(lockFolder(await programs({ flock: 'exit 7', perl: 'exit 0' }))).rejects.toThrow(
    'flock could not lock the folder: 7',
  )
})

it('the program gets the open file, and how to lock it, and nothing of the environment', async () => {
  const folder = await programs({ flock: 'echo "$@ secret:$SECRET" >&3' })
  process.env['SECRET'] = 'hidden'
  onTestFinished(() => void delete process.env['SECRET'])
  // The owner is written over what the program wrote.
  const unlock = await lockFolder(folder)
  await unlock()
  const told = await programs({ flock: 'echo "$@ secret:$SECRET" >&3; exit 1' })
  await expect(lockFolder(told)).rejects.toThrow('in use by another process')
  expect(await readFile(join(told, 'owner.lock'), 'utf8')).toBe('-x -n 3 secret:\n')
})
