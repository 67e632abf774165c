import { Route, Switch } from 'wouter-preact'
import { useTexts } from '../texts/texts.tsx'
import { page } from './page.tsx'

const Start = page(async () => (await import('./start/start.tsx')).Start)
const Datasets = page(async () => (await import('./datasets/datasets.tsx')).Datasets)
const Dataset = page(async () => (await import('./datasets/dataset.tsx')).Dataset)
const Jobs = page(async () => (await import('./jobs/jobs.tsx')).Jobs)
const Job = page(async () => (await import('./jobs/job.tsx')).Job)
const ChooseDataset = page(async () => (await import('./train/train.tsx')).ChooseDataset)
const Train = page(async () => (await import('./train/train.tsx')).Train)
const Try = page(async () => (await import('./try/try.tsx')).Try)
const Model = page(async () => (await import('./model/model.tsx')).Model)
const Operations = page(async () => (await import('./operations/operations.tsx')).Operations)

/** The pages by their addresses. Each is loaded when it is asked for. */
export function Pages() {
  const { common } = useTexts()
  return (
    <Switch>
      <Route path="/">
        <Start />
      </Route>
      <Route path="/datasets">
        <Datasets />
      </Route>
      <Route path="/datasets/:id">{({ id }) => <Dataset id={id} />}</Route>
      <Route path="/train">
        <ChooseDataset />
      </Route>
      <Route path="/train/:id">{({ id }) => <Train key={id} id={id} />}</Route>
      <Route path="/models/:name">{({ name }) => <Model key={name} name={name} />}</Route>
      <Route path="/models/:name/try">{({ name }) => <Try key={name} model={name} />}</Route>
      <Route path="/operations">
        <Operations />
      </Route>
      <Route path="/jobs">
        <Jobs />
      </Route>
      <Route path="/jobs/:id">{({ id }) => <Job key={id} id={id} />}</Route>
      <Route>
        <h1>{common.noSuchPage}</h1>
      </Route>
    </Switch>
  )
}
