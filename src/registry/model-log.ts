import { z } from 'zod'
import { WarningCode } from '../warnings.ts'

/** What people say of a model or a version. Absent: nothing. */
const DESCRIPTION = {
  description: z.string().optional(),
  /** Values by key. */
  tags: z.record(z.string(), z.string()).optional(),
}

export interface Description {
  description?: string | undefined
  tags?: Readonly<Record<string, string>> | undefined
}

/** A version as the log holds it: where its files are, and the hash that its manifest must have. */
export const VersionEntry = z.object({
  version: z.int().positive(),
  job: z.string(),
  attempt: z.int().positive(),
  createdAt: z.iso.datetime(),
  /** Key prefix of the attempt's files, with a `/` at its end. */
  artifacts: z.string(),
  /** `<artifacts>manifest.json`; it in turn holds size and hash of every other file. */
  manifest: z.object({ bytes: z.int().nonnegative(), sha256: z.string() }),
  ...DESCRIPTION,
})
export type VersionEntry = z.infer<typeof VersionEntry>

/** Where an alias points, and where it pointed before, oldest first (at most 100). */
export const AliasState = z.object({ version: z.int().positive(), before: z.array(z.int().positive()) })
export type AliasState = z.infer<typeof AliasState>

/** Outcome of one time of a schedule. */
export const ScheduledRun = z.object({
  due: z.iso.datetime(),
  outcome: z.enum(['ordered', 'failed', 'skipped']),
  /** The job that was ordered, or null. */
  job: z.string().nullable(),
  /** Why no job was ordered, or null. */
  reason: z.string().nullable(),
})
export type ScheduledRun = z.infer<typeof ScheduledRun>

/** When a model is trained again. The order of a run is opaque here. */
export const ScheduleState = z.object({
  cron: z.string(),
  timeZone: z.string(),
  order: z.record(z.string(), z.unknown()),
  setAt: z.iso.datetime(),
  setBy: z.string().nullable(),
  lastRun: ScheduledRun.nullable(),
})
export type ScheduleState = z.infer<typeof ScheduleState>

/** The whole state of a model, as each generation holds it. */
export const ModelState = z.object({
  versions: z.array(VersionEntry),
  aliases: z.record(z.string(), AliasState),
  /** Number of the next version. A number is never used twice, also after a deletion. */
  nextVersion: z.int().positive(),
  schedule: ScheduleState.optional(),
  /** How many of the newest versions are kept. Absent: as many as the service says. */
  keepVersions: z.int().positive().optional(),
  /** True where the model was deleted: it is unknown until another version is published. */
  deleted: z.boolean().optional(),
  /** The versions that were deleted last, so that a job that has not ended yet makes no second one. */
  gone: z.array(VersionEntry).optional(),
  ...DESCRIPTION,
})
export type ModelState = z.infer<typeof ModelState>

/** Figures of two versions on the same rows. */
export const PromotionComparison = z.object({
  /** The version that was in production. */
  against: z.int(),
  metric: z.string(),
  /** Id of the data set. */
  dataset: z.string(),
  /** Number of rows that were compared. */
  rows: z.int(),
  candidate: z.number(),
  production: z.number(),
})
export type PromotionComparison = z.infer<typeof PromotionComparison>

/** Something that happened to a model. */
export const ModelEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('published'), version: z.int(), job: z.string() }),
  z.object({
    type: z.literal('promoted'),
    version: z.int(),
    previous: z.int().nullable(),
    reason: z.string(),
    /** Code of the warning that the job gets with the reason. Absent: it gets none. */
    code: WarningCode.catch('other').optional(),
    comparison: PromotionComparison.optional(),
  }),
  z.object({
    type: z.literal('notPromoted'),
    version: z.int(),
    reason: z.string(),
    code: WarningCode.catch('other').optional(),
    comparison: PromotionComparison.optional(),
  }),
  z.object({
    type: z.literal('aliasSet'),
    alias: z.string(),
    version: z.int(),
    previous: z.int().nullable(),
  }),
  z.object({ type: z.literal('rolledBack'), alias: z.string(), version: z.int(), previous: z.int() }),
  z.object({ type: z.literal('aliasRemoved'), alias: z.string(), previous: z.int() }),
  z.object({ type: z.literal('versionDeleted'), version: z.int() }),
  /** Null: as many as the service says. */
  z.object({ type: z.literal('keepVersionsSet'), keepVersions: z.int().nullable() }),
  /** They were older than the newest `keepVersions`, and no alias pointed at them. */
  z.object({ type: z.literal('versionsRetired'), versions: z.array(z.int()), keepVersions: z.int() }),
  z.object({ type: z.literal('scheduleSet'), cron: z.string(), timeZone: z.string() }),
  z.object({ type: z.literal('scheduleRemoved') }),
  /** Its description or tags were set; null: those of the model. */
  z.object({ type: z.literal('described'), version: z.int().nullable() }),
  ScheduledRun.extend({ type: z.literal('scheduledRun') }),
  z.object({ type: z.literal('modelDeleted'), versions: z.array(z.int()) }),
  /** The generations `lost` cannot be read. `restored`: versions that they had published, found by their jobs. */
  z.object({ type: z.literal('repaired'), lost: z.array(z.int()), restored: z.array(z.int()) }),
])
export type ModelEvent = z.infer<typeof ModelEvent>

/** One step in a model's life: what happened, and the whole state after it. */
export const Generation = z.object({
  generation: z.int().positive(),
  at: z.iso.datetime(),
  /** Name of the API key that did it; null for the service itself or without keys. */
  by: z.string().nullable(),
  events: z.array(ModelEvent),
  state: ModelState,
})
export type Generation = z.infer<typeof Generation>
