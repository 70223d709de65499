"""What every service counts. Names follow https://prometheus.io/docs/practices/naming/."""

from prometheus_client import Counter, Gauge, Histogram

LAG_BUCKETS_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

HTTP_REQUESTS = Counter("parley_http_requests_total", "Requests answered", ["route", "method", "status"])
HTTP_SECONDS = Histogram("parley_http_request_seconds", "Time to answer a request", ["route"])
LOOP_LAG_SECONDS = Histogram("parley_loop_lag_seconds", "How late the event loop is", buckets=LAG_BUCKETS_SECONDS)
MEMORY_LIMIT_BYTES = Gauge("parley_memory_limit_bytes", "Memory that this process may take; +Inf without a limit")
