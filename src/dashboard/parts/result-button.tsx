import { answerOf, api } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'
import { Loading } from './loading.tsx'
import { SaveButton } from './save-file.tsx'
import { useLoad } from './use-load.ts'

/** Saves the answers of a batch prediction that has completed, and tells how many rows have none. */
export function ResultButton({ id }: { id: string }) {
  const { jobs } = useTexts()
  const { number, size } = useFormat()
  const prediction = useLoad(
    (signal) => answerOf(api.GET('/predictions/{id}', { params: { path: { id } }, signal })),
    [id],
  )
  return (
    <Loading of={prediction}>
      {({ result, datasetName, model, version, format, rows, failedRows }) =>
        result === null ? (
          <p class="quiet">{jobs.resultDeleted}</p>
        ) : (
          <div class="stack tight">
            <SaveButton
              primary
              label={`${jobs.saveResult} (${size(result.bytes)})`}
              path={result.path}
              file={`${datasetName}-${model}-${version}.${format}`}
            />
            <p class="quiet fine">{jobs.resultRows(number(rows), number(failedRows ?? 0))}</p>
          </div>
        )
      }
    </Loading>
  )
}
