import { pino } from 'pino'
import { buildApp } from './app.ts'
import type { AppDependencies } from './dependencies.ts'
import { openApiYaml } from './openapi.ts'

/** The OpenAPI document of the API as YAML, without anything behind it. */
export async function describeApi(version: string): Promise<string> {
  const nothing = {} as never
  const dependencies: AppDependencies = {
    config: { apiKeys: [], maxBatch: 1, bodyLimit: 1, maxUpload: 1, requestTimeoutMs: 1, rateLimit: 0 },
    datasets: nothing,
    jobs: nothing,
    models: nothing,
    plots: nothing,
    schedules: nothing,
    archives: nothing,
    audit: nothing,
    evaluations: nothing,
    garbage: nothing,
    serving: nothing,
    store: nothing,
    queue: nothing,
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
