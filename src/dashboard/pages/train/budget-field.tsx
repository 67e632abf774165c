import { useTexts } from '../../texts/texts.tsx'
import { type RecipePart, withField } from './order.ts'

interface Props {
  recipe: RecipePart
  /** What is wrong with the time. */
  fault: string | undefined
  onChange: (recipe: RecipePart) => void
}

/** Asks for the seconds after which the training ends with the best so far. */
export function BudgetField({ recipe, fault, onChange }: Props) {
  const { train } = useTexts()
  return (
    <label class="field">
      {train.budget}
      <input
        type="number"
        min={1}
        step="any"
        value={secondsOf(recipe['budget'])}
        aria-invalid={fault !== undefined}
        onInput={({ currentTarget: { value, valueAsNumber } }) =>
          onChange(withField(recipe, 'budget', value === '' ? undefined : { seconds: valueAsNumber }))
        }
      />
      {fault && <small class="wrong">{fault}</small>}
      <small>{train.budgetHint}</small>
    </label>
  )
}

function secondsOf(budget: unknown): number | '' {
  if (typeof budget !== 'object' || budget === null || !('seconds' in budget)) return ''
  return typeof budget.seconds === 'number' ? budget.seconds : ''
}
