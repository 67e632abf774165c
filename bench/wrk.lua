-- For wrk: sends the bodies of a file in turn, one JSON text a line, and prints as JSON what it saw.
local requests = {}
local at = 0

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", args[2], headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format(
    '{"answered":%d,"perSecond":%.3f,"failed":%d,"p50":%.3f,"p99":%.3f}',
    summary.requests - errors.status, (summary.requests - errors.status) / summary.duration * 1e6,
    failed, latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
