import { useRef, useState } from 'preact/hooks'
import { goodResponse, type Schemas, SERVICE, send } from '../../api/client.ts'
import { DropField } from '../../parts/drop-field.tsx'
import { JobWait } from '../../parts/job-wait.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { ResultButton } from '../../parts/result-button.tsx'
import { saveBlob } from '../../parts/save-file.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useJob } from '../../parts/use-job.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { FILE_KINDS } from '../datasets/upload.ts'
import { UploadProgress } from '../datasets/upload-progress.tsx'
import { orderAnswers } from './answer-file.ts'

/** Files that are answered by one request, without a data set of them. */
const DIRECT_KINDS = ['.csv', '.ndjson', '.jsonl']

/** Takes a file of rows, and gives it back with the answers. With a key for predictions only it leaves no data set. */
export function FileAnswers({ signature }: { signature: Schemas['Signature'] }) {
  const { tryIt } = useTexts()
  const { may } = useSession()
  return (
    <details class="card">
      <summary>{tryIt.file}</summary>
      {may('train') ? <AnyFile signature={signature} /> : <DirectFile signature={signature} />}
    </details>
  )
}

/** Answers a file of any kind by a job, which goes on when the page is closed. */
function AnyFile({ signature }: { signature: Schemas['Signature'] }) {
  const { tryIt, common } = useTexts()
  const [file, setFile] = useState<File>()
  const [sent, setSent] = useState(0)
  const [job, setJob] = useState<string>()
  const aborter = useRef<AbortController>()
  const order = useAction(async (chosen: File) => {
    setFile(chosen)
    setJob(undefined)
    setSent(0)
    aborter.current = new AbortController()
    const { signal } = aborter.current
    const made = await orderAnswers({ file: chosen, signature, signal, onProgress: setSent })
    setJob(made.id)
  })
  return (
    <div class="stack">
      <DropField
        label={tryIt.dropRows}
        hint={tryIt.dropRowsHint}
        kinds={FILE_KINDS}
        disabled={order.busy}
        onFile={(chosen) => void order.run(chosen)}
      />
      {order.busy && file && (
        <>
          <UploadProgress sent={sent} total={file.size} />
          <div class="row">
            <button type="button" class="button" onClick={() => aborter.current?.abort()}>
              {common.cancel}
            </button>
          </div>
        </>
      )}
      <ErrorNotice error={order.error} />
      {job !== undefined && <Answers key={job} id={job} />}
    </div>
  )
}

/** The job that answers a file, and its result. */
function Answers({ id }: { id: string }) {
  const { job, error } = useJob(id)
  return (
    <div class="stack tight" role="status">
      <ErrorNotice error={error} />
      {job && <JobWait job={job} />}
      {job?.error && <p class="notice bad">{job.error.detail}</p>}
      {job?.state === 'completed' && <ResultButton id={id} />}
    </div>
  )
}

/** How a file is answered by one request: address below the model, media type and end of its name. */
const DIRECT = {
  lines: { route: 'predict/stream', type: 'application/x-ndjson', ending: 'ndjson' },
  csv: { route: 'predict/csv', type: 'text/csv', ending: 'csv' },
} as const

/** Answers a file of JSON lines, or of CSV with some thousand rows, by one request. */
function DirectFile({ signature: { model, version } }: { signature: Schemas['Signature'] }) {
  const { tryIt } = useTexts()
  const ask = useAction(async (file: File) => {
    const { route, type, ending } = file.name.toLowerCase().endsWith('.csv') ? DIRECT.csv : DIRECT.lines
    const response = await goodResponse(
      send(`${SERVICE}/models/${model}/${route}?version=${version}`, {
        method: 'POST',
        headers: { 'content-type': type, accept: type },
        body: file,
      }),
    )
    saveBlob(await response.blob(), `${file.name.replace(/\.\w+$/, '')}-${model}-${version}.${ending}`)
  })
  return (
    <div class="stack">
      <DropField
        label={tryIt.dropLines}
        hint={tryIt.dropLinesHint}
        kinds={DIRECT_KINDS}
        disabled={ask.busy}
        onFile={(file) => void ask.run(file)}
      />
      <ErrorNotice error={ask.error} />
    </div>
  )
}
