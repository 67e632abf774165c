/** The program of the child process that checks imported archives. */
import { serve } from '../versions/check-archive.ts'

serve()
