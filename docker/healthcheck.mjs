// Exit 0 while the API in this container answers.
const url = `http://127.0.0.1:${process.env.PORT ?? 3000}/health/live`
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) })
  process.exitCode = response.ok ? 0 : 1
} catch {
  process.exitCode = 1
}
