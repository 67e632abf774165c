import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { curlOf } from '../../parts/curl.ts'
import { isKeyOf } from '../../parts/keys.ts'
import { NameField } from '../../parts/name-field.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useSession } from '../../session/session.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { BudgetField } from './budget-field.tsx'
import { ColumnChoice } from './column-choice.tsx'
import { Forecast } from './forecast.tsx'
import { JsonEditor } from './json-editor.tsx'
import { type Order, PRESETS, type Preset, type RecipePart, withPreset } from './order.ts'
import { RecipeForm } from './recipe-form.tsx'
import { faultAt, useDryRun } from './use-dry-run.ts'

/** Everything about an order: as a form, as JSON, and as the call that it makes. All three show the same order. */
export function TrainForm({ dataset }: { dataset: Schemas['Dataset'] }) {
  const { train } = useTexts()
  const { access } = useSession()
  const [, go] = useLocation()
  const [order, setOrder] = useState<Order>({ model: dataset.name, dataset: dataset.id, recipe: {} })
  const judgement = useDryRun(order)
  const recipe: RecipePart = order.recipe ?? {}
  const setRecipe = (next: RecipePart) => setOrder({ ...order, recipe: next })
  const submit = useAction(async () => {
    const job = await answerOf(api.POST('/jobs', { body: order }))
    go(`/jobs/${job.id}`)
  })
  return (
    <>
      <div class="stack tight">
        <h1>{train.title}</h1>
        <p class="quiet">
          {train.on} <Link href={`/datasets/${dataset.id}`}>{dataset.name}</Link>
        </p>
      </div>
      <div class="split">
        <Tabs
          label={train.title}
          tabs={[
            {
              name: train.form,
              content: (
                <form
                  class="stack"
                  id="order"
                  onSubmit={(event) => {
                    event.preventDefault()
                    void submit.run()
                  }}
                >
                  <Basics order={order} fault={faultAt(judgement, '/model')} onChange={setOrder}>
                    <BudgetField
                      recipe={recipe}
                      fault={faultAt(judgement, '/recipe/budget')}
                      onChange={setRecipe}
                    />
                  </Basics>
                  <ColumnChoice
                    columns={dataset.columns}
                    recipe={recipe}
                    judgement={judgement}
                    onChange={setRecipe}
                  />
                  <RecipeForm recipe={recipe} judgement={judgement} onChange={setRecipe} />
                </form>
              ),
            },
            { name: 'JSON', content: <JsonEditor order={order} onChange={setOrder} /> },
            { name: 'curl', content: <CodeBlock code={curlOf('/jobs', order, access.keys)} /> },
          ]}
        />
        <aside class="card stack">
          <Forecast judgement={judgement} />
          <ErrorNotice error={submit.error} />
          <button
            type="button"
            class="button primary"
            disabled={submit.busy || judgement.error !== undefined}
            onClick={() => void submit.run()}
          >
            {train.start}
          </button>
        </aside>
      </div>
    </>
  )
}

interface BasicsProps {
  order: Order
  /** What is wrong with the name of the model. */
  fault: string | undefined
  onChange: (order: Order) => void
  /** Further fields. */
  children: ComponentChildren
}

/** Name of the model, when it is promoted, and a recipe to begin with. */
function Basics({ order, fault, onChange, children }: BasicsProps) {
  const { train } = useTexts()
  const promote = typeof order.promote === 'string' ? order.promote : 'always'
  const choosePreset = (preset: Preset) =>
    onChange({ ...order, recipe: withPreset(order.recipe ?? {}, preset) })
  return (
    <div class="grid card">
      <NameField
        label={train.model}
        hint={train.modelHint}
        value={order.model}
        fault={fault}
        onInput={(model) => onChange({ ...order, model })}
      />
      <label class="field">
        {train.preset}
        <select onChange={({ currentTarget: { value } }) => isKeyOf(PRESETS, value) && choosePreset(value)}>
          {Object.entries(train.presets).map(([preset, name]) => (
            <option value={preset}>{name}</option>
          ))}
        </select>
        <small>{train.presetHint}</small>
      </label>
      <label class="field">
        {train.promote}
        <select
          value={promote}
          onChange={({ currentTarget: { value } }) =>
            isKeyOf(train.promotes, value) && onChange({ ...order, promote: value })
          }
        >
          {Object.entries(train.promotes).map(([rule, name]) => (
            <option value={rule}>{name}</option>
          ))}
        </select>
        <small>{train.promoteHint}</small>
      </label>
      {children}
    </div>
  )
}
