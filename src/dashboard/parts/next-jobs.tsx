import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'

/** Models whose waiting jobs are counted. */
const MAX_MODELS = 10

/** Says of which models jobs wait, and how many of each. */
export function NextJobs({ next }: Pick<Schemas['Workload'], 'next'>) {
  const { operations } = useTexts()
  const { number } = useFormat()
  const models = next.slice(0, MAX_MODELS).map(({ model, jobs }) => `${model} (${number(jobs)})`)
  return (
    <>
      {operations.nextJobs} {models.join(', ')}
    </>
  )
}
