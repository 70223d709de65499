"""One replica: the real code over simulated stores and a simulated broker, in a process that can be killed."""

import asyncio
from collections.abc import Sequence

import msgspec

from chassis.access_tokens import AccessTokens, Identity
from chat_service import commands
from chat_service.assembly import Assembly, Manner, Stores
from chat_service.connection import Connection
from chat_service.connections import Connections
from chat_service.events import Person
from chat_service.lobby import LOBBY
from chat_service.visitor import Visitor
from tests.chat_service.faulty_store import FaultyEventStore, FaultyMemberStore
from tests.drills.faulty_relay import FaultyBus, FaultyRelay
from tests.drills.virtual_time import owner
from tests.drills.wire import Wire

TOKEN_LIFETIME_SECONDS = 1e9
STORE_LATENCY_SECONDS = 0.002  # longer than the relay's: much happens during a reading
WRITES_PER_SECOND = 1e9  # the drills are about losses, not about patience


class Process:
    """One replica's process."""

    def __init__(self, name: str, stores: Stores, bus: FaultyBus) -> None:
        self.name = name
        self.store = FaultyEventStore(stores.events, STORE_LATENCY_SECONDS)
        self.members = FaultyMemberStore(stores.members)
        self.relay = FaultyRelay(bus)

        async def no_key(_kid: str) -> None:
            return None

        self._assembly = Assembly(
            msgspec.structs.replace(stores, events=self.store, members=self.members),
            self.relay,
            Connections(),
            AccessTokens("https://parley.example", no_key),
            Manner(name, writes_per_second=WRITES_PER_SECOND, rooms_per_second=WRITES_PER_SECOND),
        )

    async def start(self) -> None:
        owner.set(self)
        self._replica = await self._assembly.prepare()
        self._background = [asyncio.create_task(task) for task in self._assembly.forever().values()]
        await asyncio.sleep(0)

    async def newest(self) -> Sequence[object]:
        """The lobby's newest page."""
        owner.set(self)
        page = await self._replica.history.history(
            Visitor(Person("ada", "ada")), commands.History(id="h", room=LOBBY.id)
        )
        return page.events

    async def accept(self, wire: Wire, person: str) -> None:
        owner.set(self)
        connection = Connection(self._replica, wire, wire)  # type: ignore[arg-type]  # all of them that it uses
        self._background.append(
            asyncio.create_task(
                connection.serve(Identity(person, person, f"session of {person}", TOKEN_LIFETIME_SECONDS * 3))
            )
        )
