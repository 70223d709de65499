"""A replica's parts, put together: over whatever stores and relay it is given, so that the drills use it too."""

from collections.abc import Coroutine

import msgspec

from chassis.access_tokens import AccessTokens
from chat_service import notices, signals
from chat_service.access import Access
from chat_service.account_changes import AccountChange
from chat_service.accounts import Accounts
from chat_service.addresses import Addresses
from chat_service.archive import Archive
from chat_service.attendance import Attendance
from chat_service.changing import Changing
from chat_service.chat import Chat
from chat_service.connections import Connections
from chat_service.devices import Devices
from chat_service.directory import DELETED_NAME, MemberStore, PeopleStore, RoomStore
from chat_service.events import ROOM_TOPIC_PREFIX, Person
from chat_service.export import Export
from chat_service.finding import Finding
from chat_service.handover import Handover
from chat_service.history import History
from chat_service.hub import Hub
from chat_service.keeping_up import PEOPLE_TOPIC, KeepingUp
from chat_service.lobby import LOBBY, Lobby
from chat_service.log import Log
from chat_service.marks import Marks
from chat_service.pace import Pace
from chat_service.presence import PRESENCE_TOPIC, Presence
from chat_service.recent import Recent
from chat_service.relay import Relay
from chat_service.renames import Renames
from chat_service.replica import Replica
from chat_service.requests import Requests
from chat_service.retries import Retries
from chat_service.rooms import Rooms
from chat_service.settling import Settling
from chat_service.signalling import Signalling
from chat_service.store import EventStore
from chat_service.succession import Succession
from chat_service.summaries import Summaries
from chat_service.unread import Unread


class Stores(msgspec.Struct, frozen=True):
    events: EventStore
    archive: Archive
    rooms: RoomStore
    members: MemberStore
    people: PeopleStore


class Manner(msgspec.Struct, frozen=True):
    """How a replica works, as the settings of the same names say."""

    replica: str
    presence_grace_seconds: float = 30.0
    writes_per_second: float = 20.0
    rooms_per_second: float = 1.0
    sockets_per_address: int = 1000


class Assembly:
    """`prepare` it, then run what `forever` gives for as long as it lives; it also receives what the relay brings."""

    def __init__(
        self, stores: Stores, relay: Relay, connections: Connections, access_tokens: AccessTokens, manner: Manner
    ) -> None:
        self._stores = stores
        self._relay = relay
        self._connections = connections
        self._access_tokens = access_tokens
        self._manner = manner
        self._attendance = Attendance(stores.rooms, stores.members, stores.events)
        self._access = Access(self._attendance, stores.rooms, stores.members)
        self._renames = Renames()
        self._settling = Settling(stores.archive)
        self._recent = Recent(stores.events, self._settling.take)
        self._hub = Hub(stores.events, relay, self._attendance, self._recent)
        self._handover = Handover(manner.replica, relay, self._hub.hears)
        self._log = Log(stores.events, self._hub.committed, self._handover)
        self._succession = Succession(self._log, self._attendance, stores.rooms, stores.members, LOBBY.id)
        self._keeping_up = KeepingUp(self._attendance, self._succession, stores.members, relay)
        self._presence = Presence(manner.replica, relay, manner.presence_grace_seconds)
        self._unread = Unread(self._access, stores.archive, self._recent)
        self._summaries = Summaries(self._attendance, self._unread.count)
        self._devices = Devices(
            access=self._access,
            attendance=self._attendance,
            summaries=self._summaries,
            members=stores.members,
            hub=self._hub,
            relay=relay,
        )
        self._signalling = Signalling(
            access=self._access,
            attendance=self._attendance,
            devices=self._devices,
            hub=self._hub,
            presence=self._presence,
            relay=relay,
            members=stores.members,
        )

    async def prepare(self) -> Replica:
        """What connections and handlers work with.

        Raises:
            StoreUnavailable
        """
        stores, access = self._stores, self._access
        changing = Changing(self._log, stores.events, self._succession, self._keeping_up)
        history = History(access, stores.events, stores.archive, self._recent)
        retries = Retries(stores.events, stores.archive)
        chat = Chat(access, history, self._log, retries, stores.members)
        marks = Marks(access, history, stores.events, self._log, retries)
        lobby = Lobby(self._attendance, access, changing, stores.rooms, stores.people)
        self.accounts = Accounts(changing, stores.rooms, stores.members, stores.people, stores.archive)
        rooms = Rooms(access, changing, stores.rooms, stores.members, stores.people)
        finding = Finding(access, self._succession, stores.rooms, stores.members, stores.people)
        await self._handover.listen()
        await self._keeping_up.prepare()
        return Replica(
            name=self._manner.replica,
            epoch=await lobby.prepare(),
            access=access,
            addresses=Addresses(self._manner.sockets_per_address),
            attendance=self._attendance,
            summaries=self._summaries,
            history=history,
            export=Export(stores.rooms, stores.members, stores.archive),
            renames=self._renames,
            unread=self._unread,
            lobby=lobby,
            requests=Requests(
                chat=chat,
                marks=marks,
                history=history,
                unread=self._unread,
                rooms=rooms,
                finding=finding,
                devices=self._devices,
                pace=Pace(self._manner.writes_per_second),
                rooms_pace=Pace(self._manner.rooms_per_second),
            ),
            hub=self._hub,
            presence=self._presence,
            signalling=self._signalling,
            connections=self._connections,
            access_tokens=self._access_tokens,
        )

    def forever(self) -> dict[str, Coroutine[None, None, None]]:
        return {
            "relay": self._relay.run(self),
            "heads": self._hub.keep_comparing_heads(),
            "members": self._keeping_up.keep_up(),
            "settling": self._settling.run(),
            "presence": self._presence.keep_announcing(),
            "markers": self._signalling.markers.keep_writing(),
        }

    async def close(self) -> None:
        """Answer what was accepted, and tell the others: else they would find it only by comparing heads."""
        self._presence.close()
        await self._signalling.close()
        await self._log.drain()
        await self._relay.drain()

    def changed(self, change: AccountChange) -> None:
        """Somebody was renamed or deleted: this replica's memory and its clients follow."""
        if change.kind == "person_deleted":
            self._recent.forget(change.person, erase=change.erase)
            self._called(Person(change.person, DELETED_NAME))
            if change.erase:
                self._connections.broadcast(notices.Erased(person=change.person))
        elif change.name:
            self._called(Person(change.person, change.name))

    def _called(self, person: Person) -> None:
        self._renames.learn(person)
        self._connections.rename(person)
        for record in self._attendance.rename(person):
            self._devices.room_changed(record.id, record.people)

    def receive(self, topic: str, payload: bytes) -> None:
        """What another replica sent, to the part that it concerns."""
        if topic == PRESENCE_TOPIC:
            self._presence.receive(payload)
        elif topic == PEOPLE_TOPIC:
            self._keeping_up.receive(payload)
        elif not topic.startswith(ROOM_TOPIC_PREFIX):
            self._log.receive(payload)
        else:
            room = topic.removeprefix(ROOM_TOPIC_PREFIX)
            said = signals.decode(payload)
            if isinstance(said, list):
                self._hub.receive(room, said)
                self._log.stored_elsewhere(room, said)
            else:
                self._signalling.heard(room, said)

    def recovered(self) -> None:
        """The relay is back, and may have lost anything."""
        self._presence.recovered()
        self._hub.compare_heads_now()
        self._keeping_up.look_now()
