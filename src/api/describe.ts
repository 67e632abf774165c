import { pino } from 'pino'
import { Keys } from '../keys/keys.ts'
import { buildApp } from './app.ts'
import type { AppDependencies, Rooms } from './dependencies.ts'
import { openApiYaml } from './openapi/document.ts'

/** Returns the OpenAPI document of the API as YAML. */
export async function describeApi(version: string): Promise<string> {
  // No route is asked anything, so no room is needed behind them.
  const rooms = {} as Rooms
  const dependencies: AppDependencies = {
    ...rooms,
    config: {
      corsOrigins: [],
      maxBatch: 1,
      bodyLimit: 1,
      maxUpload: 1,
      requestTimeoutMs: 1,
      drainSeconds: 0,
      rateLimit: 0,
    },
    access: new Keys([]),
    version,
    log: pino({ level: 'silent' }),
  }
  const app = await buildApp(dependencies)
  await app.ready()
  try {
    return openApiYaml(app)
  } finally {
    await app.close()
  }
}
