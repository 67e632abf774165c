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

/** Files that are answered while they are sent, without a data set of them. */
const LINES = ['.ndjson', '.jsonl']

/** Takes a file of rows, and gives it back with the answers. A key for predictions only may ask by lines of JSON. */
export function FileAnswers({ signature }: { signature: Schemas['Signature'] }) {
  const { tryIt } = useTexts()
  const { may } = useSession()
  return (
    <details class="card">
      <summary>{tryIt.file}</summary>
      {may('train') ? <AnyFile signature={signature} /> : <LinesFile signature={signature} />}
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

/** Answers a file of JSON lines by one request. */
function LinesFile({ signature: { model, version } }: { signature: Schemas['Signature'] }) {
  const { tryIt } = useTexts()
  const ask = useAction(async (file: File) => {
    const response = await goodResponse(
      send(`${SERVICE}/models/${model}/predict/stream?version=${version}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: file,
      }),
    )
    saveBlob(await response.blob(), `${file.name.replace(/\.\w+$/, '')}-${model}-${version}.ndjson`)
  })
  return (
    <div class="stack">
      <DropField
        label={tryIt.dropLines}
        hint={tryIt.dropLinesHint}
        kinds={LINES}
        disabled={ask.busy}
        onFile={(file) => void ask.run(file)}
      />
      <ErrorNotice error={ask.error} />
    </div>
  )
}
