import { goodResponse, SERVICE, send } from '../api/client.ts'
import { ErrorNotice } from './notice.tsx'
import { useAction } from './use-action.ts'

/** Saves a file of the service under a name. It is fetched, so that a key can be sent for it. */
export async function saveFile(path: string, name: string): Promise<void> {
  saveBlob(await (await goodResponse(send(SERVICE + path))).blob(), name)
}

/** Saves what the page holds as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

interface Props {
  label: string
  /** Address below the service, with a slash at its start. */
  path: string
  /** Name of the file. */
  file: string
  primary?: boolean
}

/** A button that saves a file of the service. */
export function SaveButton({ label, path, file, primary = false }: Props) {
  const save = useAction(() => saveFile(path, file))
  return (
    <div class="stack tight">
      <div class="row">
        <button
          type="button"
          class={primary ? 'button primary' : 'button'}
          disabled={save.busy}
          onClick={() => void save.run()}
        >
          {label}
        </button>
      </div>
      <ErrorNotice error={save.error} />
    </div>
  )
}
