"""The open connections of this replica: told together what concerns all, and sent away together when it stops."""

import asyncio
import contextlib
import math
from typing import Protocol

from chassis.access_tokens import Identity
from chat_service import metrics, notices, protocol
from chat_service.errors import Close
from chat_service.events import Person
from chat_service.outbox import Outbox

GOAWAY_RETRY_SECONDS = 2.0
CLOSED_A_SECOND = 1000  # what one core elsewhere greets; where more are open, all are closed within the time told them
CLOSING_STEP_SECONDS = 0.05
CLOSE_TIMEOUT_SECONDS = 5.0


class OpenConnection(Protocol):
    outbox: Outbox

    @property
    def identity(self) -> Identity: ...

    def renamed(self) -> None:
        """Its person has another name from now on."""
        ...

    async def close(self, code: Close) -> None: ...


class Connections:
    """All that are open, and among them those that have been greeted: nothing is said to anybody before `welcome`."""

    def __init__(self) -> None:
        self._open: set[OpenConnection] = set()
        self._greeted: set[OpenConnection] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._leaving = False

    def add(self, connection: OpenConnection) -> None:
        self._open.add(connection)
        metrics.CONNECTIONS.inc()
        if self._leaving:  # its handshake was on its way
            self._close(connection)

    def greeted(self, connection: OpenConnection) -> None:
        """From now on it gets what is told to all."""
        self._greeted.add(connection)

    def remove(self, connection: OpenConnection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            self._greeted.discard(connection)
            metrics.CONNECTIONS.dec()

    def broadcast(self, notice: notices.Notice) -> None:
        """The same bytes to everybody who has been greeted."""
        frame = protocol.encode(notice)
        for connection in self._greeted:
            connection.outbox.put(frame)

    def close_where(self, code: Close, *, session: str | None = None, person: str | None = None) -> None:
        """Close the sockets of a session, or of a person; nobody waits for it."""
        for connection in self._open:
            if session in {None, connection.identity.session} and person in {None, connection.identity.person}:
                self._close(connection, code)

    def rename(self, person: Person) -> None:
        """Whoever is connected goes on by this name."""
        for connection in self._open:
            if connection.identity.person == person.id:
                connection.renamed()

    async def send_away(self) -> None:
        """Tell everybody that this replica is leaving, and close a few at a time, for the others to take them in.

        Whoever doesn't listen is not waited for.
        """
        self._leaving = True
        self.broadcast(notices.GoAway(retry_after=GOAWAY_RETRY_SECONDS))
        stay = list(self._open)
        at_once = math.ceil(max(CLOSED_A_SECOND, len(stay) / GOAWAY_RETRY_SECONDS) * CLOSING_STEP_SECONDS)
        for start in range(0, len(stay), at_once):
            if start:
                await asyncio.sleep(CLOSING_STEP_SECONDS)
            for connection in stay[start : start + at_once]:
                if connection in self._open:  # many have left by themselves
                    self._close(connection)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                while self._closing:
                    await asyncio.wait(self._closing)

    def _close(self, connection: OpenConnection, code: Close = Close.GOING_AWAY) -> None:
        task = asyncio.create_task(connection.close(code))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
