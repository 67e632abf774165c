/** The program of the child process that evaluates versions on other data sets. */
import { serve } from '../training/evaluate-version.ts'

serve()
