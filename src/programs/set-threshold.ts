/** The program of the child process that writes the files of a version with another threshold. */
import { serve } from '../training/inspect/other-threshold.ts'

serve()
