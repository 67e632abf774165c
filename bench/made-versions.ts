import { artifactsOf, writeArtifacts } from '../src/registry/artifacts.ts'
import { createModelRegistry } from '../src/registry/registry.ts'
import { createFolderStore } from '../src/store/folder.ts'
import type { ModelFiles } from '../test/helpers/large-model.ts'

/** A version that no job has made. */
interface MadeVersion {
  model: string
  /** Stands for the job: it makes one version. */
  job: string
  files: ModelFiles
  promote: 'always' | 'never'
}

/** Opens the store of a folder for versions that no job has made, before a service is started on it. */
export async function openMadeVersions(folder: string) {
  const store = await createFolderStore(folder)
  const registry = createModelRegistry(store)
  return {
    async publish({ model, job, files, promote }: MadeVersion): Promise<void> {
      const artifacts = artifactsOf(job, 1)
      const manifest = await writeArtifacts(store, artifacts, new Map(Object.entries(files)), {})
      await registry.publish(model, { job, attempt: 1, artifacts, manifest, promote }, null)
    },
    close: () => store.close(),
  }
}
