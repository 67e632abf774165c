import { Warning } from '../../warnings.ts'
import { named } from './registry.ts'

/** A warning about a data set, a job or a version. */
export const WarningView = named('Warning', Warning)
