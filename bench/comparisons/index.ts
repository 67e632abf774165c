import type { Comparison } from '../comparison.ts'
import { boston } from './boston.ts'
import { california } from './california.ts'
import { defaults } from './defaults.ts'
import { growth } from './growth.ts'
import { imdb } from './imdb.ts'
import { models } from './models.ts'
import { predict } from './predict.ts'
import { servers } from './servers.ts'
import { start } from './start.ts'
import { stream } from './stream.ts'
import { swap } from './swap.ts'
import { table } from './table.ts'
import { uploads } from './upload.ts'

/** All comparisons, in the order in which they run. */
export const COMPARISONS: readonly Comparison[] = [
  predict,
  servers,
  swap,
  models,
  start,
  stream,
  imdb,
  boston,
  california,
  growth,
  uploads,
  table,
  defaults,
]
