"""The open connections of this replica: told together what concerns all, and sent away together when it stops."""

import asyncio
from collections.abc import Iterator
from typing import Protocol

from chat_service import metrics, protocol
from chat_service.errors import Close
from chat_service.outbox import Outbox

GOAWAY_RETRY_SECONDS = 2.0
CLOSE_TIMEOUT_SECONDS = 5.0


class OpenConnection(Protocol):
    outbox: Outbox

    async def close(self, code: Close) -> None: ...


class Connections:
    def __init__(self) -> None:
        self._open: set[OpenConnection] = set()

    def __iter__(self) -> Iterator[OpenConnection]:
        return iter(self._open)

    def add(self, connection: OpenConnection) -> None:
        self._open.add(connection)
        metrics.CONNECTIONS.inc()

    def remove(self, connection: OpenConnection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            metrics.CONNECTIONS.dec()

    def broadcast(self, notice: protocol.Notice) -> None:
        """The same bytes to everybody."""
        frame = protocol.encode(notice)
        for connection in self._open:
            connection.outbox.put(frame)

    async def send_away(self) -> None:
        """Tell everybody that this replica is leaving, and close; whoever doesn't listen is not waited for."""
        self.broadcast(protocol.GoAway(retry_after=GOAWAY_RETRY_SECONDS))
        closing = [asyncio.create_task(connection.close(Close.GOING_AWAY)) for connection in self._open]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_SECONDS)
