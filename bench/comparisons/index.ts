import type { Comparison } from '../comparison.ts'
import { boston } from './boston.ts'
import { california } from './california.ts'
import { growth } from './growth.ts'
import { imdb } from './imdb.ts'
import { predict } from './predict.ts'
import { servers } from './servers.ts'
import { stream } from './stream.ts'

/** All comparisons, in the order in which they run. */
export const COMPARISONS: readonly Comparison[] = [predict, servers, stream, imdb, boston, california, growth]
