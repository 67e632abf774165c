import { useLocation } from 'wouter-preact'
import { answerOf, api } from '../../api/client.ts'
import { DatasetOptions } from '../../parts/dataset-options.tsx'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { TrainForm } from './train-form.tsx'

/** Lets the user choose what to train on. */
export function ChooseDataset() {
  const { train, datasets: texts } = useTexts()
  const [, go] = useLocation()
  const datasets = useLoad(
    (signal) => answerOf(api.GET('/datasets', { params: { query: { limit: 200 } }, signal })),
    [],
  )
  return (
    <>
      <h1>{train.title}</h1>
      <Loading of={datasets}>
        {({ items }) =>
          items.length === 0 ? (
            <section class="card stack">
              <p>{train.noDatasets}</p>
              <div class="row">
                <a class="button primary" href="#/datasets">
                  {texts.upload}
                </a>
              </div>
            </section>
          ) : (
            <label class="field card">
              {train.choose}
              <select value="" onChange={(event) => go(`/train/${event.currentTarget.value}`)}>
                <option value="" disabled>
                  …
                </option>
                <DatasetOptions datasets={items} />
              </select>
            </label>
          )
        }
      </Loading>
    </>
  )
}

/** Orders a model of a data set. */
export function Train({ id }: { id: string }) {
  const dataset = useLoad(
    (signal) => answerOf(api.GET('/datasets/{dataset}', { params: { path: { dataset: id } }, signal })),
    [id],
  )
  return <Loading of={dataset}>{(value) => <TrainForm key={value.id} dataset={value} />}</Loading>
}
