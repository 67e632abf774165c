import type { InjectOptions } from 'fastify'
import { expect } from 'vitest'
import { openApiDocument } from '../../src/api/openapi/document.ts'
import { GENERAL } from '../../src/api/openapi/problem-responses.ts'
import type { App } from '../../src/api/route-config.ts'

/** An answer as a test looks at it. */
export interface Answer {
  status: number
  headers: Record<string, string | undefined>
  text: string
  /** The parsed body, or undefined where it is no JSON. */
  body: unknown
}

interface Operation {
  responses: Record<string, object>
  'x-problems': string[]
}
type Paths = Record<string, Record<string, Operation>>

/** Asks an API, and holds every answer against its own OpenAPI document. */
export function asker(app: App): (request: string | InjectOptions) => Promise<Answer> {
  const { paths } = openApiDocument(app) as { paths: Paths }
  return async (request) => {
    const options: InjectOptions = typeof request === 'string' ? { url: request } : request
    const response = await app.inject(options)
    const type = String(response.headers['content-type'] ?? '')
    const answer: Answer = {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]),
      ),
      text: response.body,
      body: /json/.test(type) && !/ndjson/.test(type) && response.body ? response.json() : undefined,
    }
    expect(answer.headers['x-request-id'], 'a request id').toBeTruthy()
    if (answer.status >= 400) checkForm(answer)
    checkDocumented(answer, options, paths)
    return answer
  }
}

/** Refused with this status and code; gives the problem. */
export function problemOf({ status, body }: Answer, wanted: number, code: string): Problem {
  const problem = body as Problem
  expect([status, problem.type], JSON.stringify(problem)).toEqual([wanted, `urn:fitserve:${code}`])
  return problem
}

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  errors?: { path?: string; line?: number; message: string }[]
}

/** Checks what every problem has, and what none may have. */
function checkForm({ status, headers, body, text }: Answer): void {
  expect(headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(body).toEqual(
    expect.objectContaining({ status, title: expect.any(String), instance: headers['x-request-id'] }),
  )
  const { type, detail } = body as Problem
  expect(type).toMatch(/^urn:fitserve:[a-z-]+$/)
  expect(detail).toMatch(/^\S.*[.?!…]$/s)
  expect(text, 'no stack and no path of a file').not.toMatch(
    /\bat .+\(|node_modules|\/src\/|[\s"](\w+)?Error: /,
  )
  if (status === 429 || status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
}

function checkDocumented({ status, body }: Answer, { url, path, method }: InjectOptions, paths: Paths): void {
  // The document has the route of its own that answers the same.
  const asked = String(url ?? path)
    .replace('/jobs?dryRun=true', '/dry-run')
    .split('?', 1)[0]
  const template = Object.keys(paths).find((each) =>
    new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked ?? ''),
  )
  const operation = template && paths[template]?.[(method ?? 'GET').toLowerCase()]
  if (!operation) return
  const what = `${method ?? 'GET'} ${template}`
  if (status < 400) {
    expect(operation.responses[status], `${what} documents ${status}`).toBeDefined()
    return
  }
  const code = (body as Problem).type.replace(/^urn:fitserve:/, '')
  expect([...operation['x-problems'], ...GENERAL], `${what} lists the problem`).toContain(code)
}
