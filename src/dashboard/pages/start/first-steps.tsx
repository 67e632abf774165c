import { Link } from 'wouter-preact'
import { answerOf, api, goodResponse, SERVICE, send } from '../../api/client.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'

/** Data sets that come with the page, by the names of their models. */
const EXAMPLES = {
  reviews: new URL('../../../../examples/reviews.csv', import.meta.url).href,
  houses: new URL('../../../../examples/houses.csv', import.meta.url).href,
}

interface Props {
  /** Whether there is no model yet. */
  isEmpty: boolean
  onStart: () => void
}

/** Says what to do first: upload a table, or train on the examples. */
export function FirstSteps({ isEmpty, onStart }: Props) {
  const { start } = useTexts()
  const { may } = useSession()
  const examples = useAction(async () => {
    await trainExamples()
    onStart()
  })
  if (!may('train')) return isEmpty ? <NoModels /> : null
  return (
    <section class="card stack" aria-labelledby="first-steps">
      <h2 id="first-steps">{isEmpty ? start.empty : start.more}</h2>
      <p class="quiet">{start.emptyAbout}</p>
      <div class="row">
        <Link href="/datasets" class="button primary">
          {start.upload}
        </Link>
        <button type="button" class="button" disabled={examples.busy} onClick={() => void examples.run()}>
          {examples.busy ? start.examplesBusy : start.examples}
        </button>
      </div>
      <p class="quiet fine">{start.examplesAbout}</p>
      <ErrorNotice error={examples.error} />
    </section>
  )
}

function NoModels() {
  const { start } = useTexts()
  return (
    <section class="card stack tight">
      <h2>{start.noModels}</h2>
      <p class="quiet">{start.noModelsAbout}</p>
    </section>
  )
}

/** Uploads both examples, and orders a model of each. */
async function trainExamples(): Promise<void> {
  for (const [name, address] of Object.entries(EXAMPLES)) {
    const file = await goodResponse(fetch(address))
    const headers = { 'content-type': 'text/csv' }
    const body = await file.blob()
    await goodResponse(send(`${SERVICE}/datasets?name=${name}`, { method: 'POST', headers, body }))
    await answerOf(api.POST('/jobs', { body: { model: name, dataset: name } }))
  }
}
