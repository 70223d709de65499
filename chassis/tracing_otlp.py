"""Spans to an OTLP endpoint. Needs the extra `tracing`; only `chassis.tracing` loads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.tracing import HEADER

EXPORT_TIMEOUT_SECONDS = 5.0  # in a thread of its own; what is not taken by then is dropped
PATH = "/v1/traces"  # of OTLP over http


class Exporter:
    """A `chassis.tracing.Tracer`. Spans wait in a bounded queue and leave in batches from another thread."""

    def __init__(self, service: str, instance: str, endpoint: str) -> None:
        resource = Resource.create({"service.name": service, "service.instance.id": instance})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint.rstrip("/") + PATH, timeout=EXPORT_TIMEOUT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("parley")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, origins: list[str], attributes: dict[str, str | int]) -> Iterator[None]:
        contexts = [self._propagator.extract({HEADER: origin}, Context()) for origin in origins]
        links = [trace.Link(trace.get_current_span(context).get_span_context()) for context in contexts[1:]]
        parent = contexts[0] if contexts else None
        with self._tracer.start_as_current_span(name, parent, attributes=attributes, links=links):
            yield

    def here(self) -> str:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(HEADER, "")

    def close(self) -> None:
        self._provider.shutdown()
