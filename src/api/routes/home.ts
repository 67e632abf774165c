import type { AppDependencies } from '../dependencies.ts'
import type { App } from '../route-config.ts'

/** Adds `GET /`, a page of links; as JSON, the version and the links to the documentation. */
export function homeRoute(app: App, { version }: Pick<AppDependencies, 'version'>): void {
  const page = homePage(version)
  app.get('/', { config: { role: 'anyone' }, schema: { hide: true } }, (request, reply) => {
    if (request.headers.accept?.includes('html')) return reply.type('text/html; charset=utf-8').send(page)
    return reply.send({ name: 'fitserve', version, docs: '/docs', openapi: '/openapi.json' })
  })
}

function homePage(version: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>fitserve</title>
<h1>fitserve ${version}</h1>
<p>Trains small text and table models over HTTP and serves them.</p>
<ul>
<li><a href="/docs">The HTTP API, to try out</a>
<li><a href="/openapi.yaml">Its OpenAPI document</a>
<li><a href="/models">Models</a>, <a href="/datasets">data sets</a>, <a href="/jobs">jobs</a>
<li><a href="/health/ready">Health</a>
</ul>
</html>
`
}
