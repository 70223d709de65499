"""Spans of what this process does for a request, as OpenTelemetry has them.

Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the extra `tracing` is installed; then each call here costs one
look. An origin is a W3C `traceparent`: what a span is known by in another task, another process, another service.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

HEADER = "traceparent"  # https://www.w3.org/TR/trace-context/
EXPORTER = "chassis.tracing_otlp"  # by name: its libraries may not be there

_NOTHING: AbstractContextManager[None] = nullcontext()


class Tracer(Protocol):
    def span(self, name: str, origins: list[str], attributes: dict[str, str | int]) -> AbstractContextManager[None]:
        """As `span` below and, with origins, as `batch`."""
        ...

    def here(self) -> str:
        """As `here` below."""
        ...

    def close(self) -> None:
        """Send what is left; blocks for a moment."""
        ...


_tracer: Tracer | None = None


@asynccontextmanager
async def exported(service: str, instance: str, endpoint: str | None) -> AsyncIterator[None]:
    """Send this process's spans to an OTLP endpoint (http, protobuf) while the block runs; without one, do nothing.

    Args:
        service: what runs here, the same for all its replicas.
        instance: which of them.
        endpoint: its base address; OpenTelemetry's other variables (`OTEL_TRACES_SAMPLER` ...) hold as well.
    """
    global _tracer  # noqa: PLW0603 - one for the process, as its metrics are
    if not endpoint:
        yield
        return
    try:
        exporter = importlib.import_module(EXPORTER)
    except ImportError as reason:  # whoever sets the variable for all they run may not have built ours with it
        log.warning("no traces: the extra `tracing` is not installed", reason=str(reason))
        yield
        return
    tracer: Tracer = exporter.Exporter(service, instance, endpoint)
    _tracer = tracer
    try:
        yield
    finally:
        _tracer = None
        await asyncio.to_thread(tracer.close)


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """What happens in this block, within the current span if there is one."""
    return _tracer.span(name, [], attributes) if _tracer else _NOTHING


def batch(name: str, origins: Iterable[str], **attributes: str | int) -> AbstractContextManager[None]:
    """What happens in this block for all who began at these origins: within the first, and linked to the others.

    Without any origin it is nobody's, and not traced.
    """
    known = [origin for origin in origins if origin] if _tracer else []
    return _tracer.span(name, known, attributes) if _tracer and known else _NOTHING


def headers() -> dict[str, str]:
    """What a message carries, for another process to go on from; nothing where there is nothing to go on from."""
    return {HEADER: origin} if (origin := here()) else {}


def here() -> str:
    """The current span, to go on from elsewhere; "" outside of any, or without tracing."""
    return _tracer.here() if _tracer else ""
