// Exit 0 while the API in this container can do its work; it looks at queue and store for a second at most.
const url = `http://127.0.0.1:${process.env.PORT ?? 3000}/health/ready`
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4000) })
  process.exitCode = response.ok ? 0 : 1
} catch {
  process.exitCode = 1
}
