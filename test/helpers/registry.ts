import { createModelRegistry, type ModelRegistry } from '../../src/registry/registry.ts'
import type { Store } from '../../src/store/contract.ts'
import { createFolderStore } from '../../src/store/folder.ts'
import { temporaryFolder } from './temporary.ts'

export interface TemporaryRegistry {
  /** Where the store keeps its files. */
  folder: string
  /** The caller closes it, before the folder is removed. */
  store: Store
  models: ModelRegistry
}

/** Opens a store in a temporary folder, and a registry on it. */
export async function temporaryRegistry(name = 'registry'): Promise<TemporaryRegistry> {
  const folder = await temporaryFolder(name)
  const store = await createFolderStore(folder)
  return { folder, store, models: createModelRegistry(store) }
}
