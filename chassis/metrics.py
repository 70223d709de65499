"""What every service counts. Names follow https://prometheus.io/docs/practices/naming/."""

from prometheus_client import Counter, Histogram

HTTP_REQUESTS = Counter("parley_http_requests_total", "Requests answered", ["route", "method", "status"])
HTTP_SECONDS = Histogram("parley_http_request_seconds", "Time to answer a request", ["route"])
