/** The program of the child process that reads uploads: a hostile file can crash only this process. */
import { serve } from '../datasets/reader/serve.ts'

serve()
