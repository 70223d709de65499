"""A replica without servers or sockets: its use cases, over stores in memory that can be away or die."""

import msgspec

from chassis.access_tokens import AccessTokens
from chat_service import commands
from chat_service.assembly import Assembly, Manner, Stores
from chat_service.connections import Connections
from chat_service.directory_memory import MemoryMemberStore, MemoryPeopleStore, MemoryRoomStore
from chat_service.events import AnyEvent, Person
from chat_service.membership import Member
from chat_service.notices import Notice, Ok, Page
from chat_service.outbox import Outbox
from chat_service.relay_memory import MemoryBus, MemoryRelay
from chat_service.replica import Replica
from chat_service.store_memory import MemoryEventStore
from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA
from tests.chat_service.faulty_store import FaultyArchive, FaultyEventStore, FaultyMemberStore

LOBBY = "lobby"


class Servers:
    """What replicas share."""

    def __init__(self) -> None:
        self.logs: dict[str, list[AnyEvent]] = {}
        self.events = MemoryEventStore(self.logs)
        self.rooms = MemoryRoomStore()
        self.members = MemoryMemberStore()
        self.people = MemoryPeopleStore(self.members)
        self.bus = MemoryBus()


class Follower:
    """A connection reduced to what it is told: the rooms whose membership changed."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.notices: list[tuple[str, Notice, Outbox | None]] = []

    def membership_changed(self, room: str) -> None:
        self.told.append(room)

    def tell(self, room: str, notice: Notice, *, but: Outbox | None) -> None:
        self.notices.append((room, notice, but))


class Service:
    """`memory` is the log's store itself; `events` and `members` are the ways to the stores, to be broken."""

    replica: Replica

    def __init__(self, name: str = "chat1", servers: "Servers | None" = None) -> None:
        self.servers = servers = servers or Servers()
        self.memory, self.all_members = servers.events, servers.members
        self.rooms, self.people = servers.rooms, servers.people
        self.logs = servers.logs
        self.archive = FaultyArchive(self.logs)
        self.events = FaultyEventStore(self.memory)
        self.members = FaultyMemberStore(self.all_members)

        async def no_key(_kid: str) -> None:
            return None

        stores = Stores(self.events, self.archive, self.rooms, self.members, self.people)
        tokens = AccessTokens("https://parley.example", no_key)
        self.relay = MemoryRelay(servers.bus)
        manner = Manner(name, writes_per_second=1000, rooms_per_second=1000)
        self.assembly = Assembly(stores, self.relay, Connections(), tokens, manner)

    async def start(self) -> "Service":
        self.replica = await self.assembly.prepare()
        return self

    async def somebody(self, person: Person = ADA, *, admin: bool = False) -> "Somebody":
        """Who has arrived and is connected here."""
        somebody = Somebody(self, person, admin=admin)
        await self.replica.lobby.arrive(somebody.visitor, somebody.follower)
        return somebody


class Somebody:
    """Asks as a client does, and is told what a client is told."""

    def __init__(self, service: Service, person: Person, *, admin: bool = False) -> None:
        self.visitor = Visitor(person, admin)
        self.follower = Follower()
        self.service = service
        self._asked = 0

    @property
    def id(self) -> str:
        return self.visitor.person.id

    async def ask(self, command: commands.AnyCommand) -> Notice:
        return await self.service.replica.requests.answer(self.visitor, command)

    async def do(self, command: type[commands.AnyCommand], **fields: object) -> Ok:
        """Ask for a change, under an id of its own unless told."""
        self._asked += 1
        tag = {"op": command.__struct_config__.tag, "id": f"{self.id}-{self._asked}"}
        answer = await self.ask(msgspec.convert(tag | fields, command))
        assert isinstance(answer, Ok)
        return answer

    async def create(self, name: str = "garden", kind: str = "public", **fields: object) -> str:
        """A room of theirs; returns its id."""
        room = (await self.do(commands.CreateRoom, name=name, kind=kind, **fields)).room
        assert room is not None
        return room

    async def say(self, text: str = "Hi", client_id: str = "m-1", room: str = LOBBY) -> Ok:
        answer = await self.ask(commands.Send(id=client_id, room=room, text=text))
        assert isinstance(answer, Ok)
        return answer

    async def page(self, before: int | None, limit: int, room: str = LOBBY) -> Page:
        answer = await self.ask(commands.History(id="h", room=room, before=before, limit=limit))
        assert isinstance(answer, Page)
        return answer

    async def stands(self, room: str) -> Member:
        """How they stand by the store."""
        found = await self.service.all_members.get(room, [self.id])
        return found[0] if found else Member(room=room, person=self.id)

    async def events(self, room: str) -> list[AnyEvent]:
        return await self.service.memory.after(room, 0, 1000)
