import { useLocation } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { versionFacts } from '../../api/version-facts.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { useFormat } from '../../parts/format.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

interface Props {
  name: string
  /** The version under production. */
  served: number
}

/** Trains the recipe of production again, once it has said on which data. */
export function Retrain({ name, served }: Props) {
  const { model: texts } = useTexts()
  const [, go] = useLocation()
  const act = async () => {
    const job = await answerOf(api.POST('/models/{name}/retrain', { params: { path: { name } }, body: {} }))
    go(`/jobs/${job.id}`)
  }
  return (
    <ConfirmButton
      name={texts.retrain}
      about={<About name={name} served={served} />}
      loses={false}
      act={act}
    />
  )
}

/** Tells which data a job will train on, and whether they are those of the version that answers. */
function About({ name, served }: Props) {
  const { model: texts } = useTexts()
  const { number, time } = useFormat()
  const newest = useLoad((signal) => newestData(name, served, signal), [name, served])
  const data = newest.value
  return (
    <>
      {texts.retrainAbout(served)}{' '}
      {data && texts.retrainOn(data.dataset.name, number(data.dataset.rows), time(data.dataset.createdAt))}{' '}
      {data?.isSame && <strong>{texts.retrainSame}</strong>}
    </>
  )
}

/** Finds the newest data set of the name that a version was trained on; undefined where that is not known any more. */
async function newestData(
  name: string,
  version: number,
  signal: AbortSignal,
): Promise<{ dataset: Schemas['Dataset']; isSame: boolean } | undefined> {
  const { dataset } = await versionFacts(name, version, signal)
  if (!dataset) return undefined
  const path = { dataset: dataset.name }
  const newest = await answerOf(api.GET('/datasets/{dataset}', { params: { path }, signal }))
  return { dataset: newest, isSame: newest.id === dataset.id }
}
