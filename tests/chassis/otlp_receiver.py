"""An OTLP receiver: keeps every span that is sent to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

WAIT_SECONDS = 20.0


class Receiver:
    """`spans` are (service instance, span), in the order in which they were sent."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []
        self.url = ""
        self._came = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        async with self._came:
            for resource in sent.resource_spans:
                told = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.spans += [(told["service.instance.id"], span) for span in scope.spans]
            self._came.notify_all()
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf"
        )

    def all(self, name: str) -> list[Span]:
        """Those of that name that are there by now."""
        return [span for _, span in self.spans if span.name == name]

    async def named(self, name: str, instance: str = "", trace_id: bytes = b"") -> Span:
        """The first span of that name, and of that instance and trace if given, once it is there.

        Raises:
            TimeoutError
        """
        async with asyncio.timeout(WAIT_SECONDS), self._came:
            while True:
                for where, span in self.spans:
                    if span.name == name and instance in {"", where} and trace_id in {b"", span.trace_id}:
                        return span
                await self._came.wait()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.add_routes([web.post("/v1/traces", receiver.take)])
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/"))
        yield receiver
