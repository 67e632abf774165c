/** The program of the child process that reads uploads: hostile files crash this process and no other. */
import { serve } from '../datasets/reader/serve.ts'

serve()
