import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import { problemsOf, RetrainBody } from '../../recipe/index.ts'
import { cronFault, tidyCron, timeZoneFault } from './cron.ts'

/** Number of newest versions that a model keeps. */
export const KeepVersions = z.int().min(1).max(1_000_000)

/** The body of `PUT /models/{name}/schedule`: the times, and the body of `POST …/retrain` at each of them. */
export const ScheduleBody = z.strictObject({
  cron: z
    .string()
    .superRefine(refuse(cronFault))
    .transform(tidyCron)
    .meta({
      description: 'Minute, hour, day of month, month, day of week; with six fields a second first.',
      examples: ['0 3 * * *'],
    }),
  timeZone: z
    .string()
    .superRefine(refuse(timeZoneFault))
    .default('UTC')
    .meta({ description: 'Of the IANA database.', examples: ['Asia/Seoul'] }),
  ...RetrainBody.shape,
  keepVersions: KeepVersions.describe(
    'Sets how many of its newest versions the model keeps, as `PUT /models/{name}/settings` does.',
  ).optional(),
  force: z.boolean().default(true).describe('Train although nothing has changed since the last time.'),
})
export type ScheduleBody = z.output<typeof ScheduleBody>

/** Reads the body of a schedule. @throws FitserveError `invalid-schedule` with every problem */
export function readScheduleBody(input: unknown): ScheduleBody {
  const parsed = ScheduleBody.safeParse(input)
  if (parsed.success) return parsed.data
  throw invalidSchedule(problemsOf(parsed.error, ScheduleBody, input))
}

/** Returns the error `invalid-schedule`, with the first problem in its message. */
export function invalidSchedule(problems: FitserveError['problems']): FitserveError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const message = `Invalid schedule. ${first?.path || '/'}: ${first?.message}${more}`
  return new FitserveError('invalid-schedule', message, { problems })
}

function refuse(faultOf: (text: string) => string | undefined) {
  return (text: string, context: z.core.$RefinementCtx<string>) => {
    const message = faultOf(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message: `${message}.` })
  }
}
