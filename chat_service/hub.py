"""This replica's rooms: each with its feed, and the outboxes of those who are here.

A batch of events is encoded once, and the same bytes go to every member. Nothing here waits for a reader.
"""

import asyncio
from typing import Protocol

import structlog

from chassis import tracing
from chat_service import notices, protocol, signals
from chat_service.events import ROOM_TOPIC_PREFIX, AnyEvent, RoomChange
from chat_service.feed import Deliver, Feed
from chat_service.looking import Looking
from chat_service.membership import DEPARTURES, of_room
from chat_service.outbox import OUTBOX_MAX_BYTES, Outbox
from chat_service.recent import Recent
from chat_service.relay import Relay
from chat_service.store import EventStore, StoreUnavailable

log = structlog.get_logger(__name__)

CATCH_UP_SECONDS = 5.0
LINGER_SECONDS = 120.0  # a room stays open after its last member left: most of them come back
HEAD_CHECK_SECONDS = 5.0
DOUBTFUL_HEAD_CHECK_SECONDS = 0.5  # while the relay may be losing messages
HEAD_CHECK_ROOMS = 100  # looked up at once, by one query of a millisecond
HEAD_CHECK_ROOMS_A_SECOND = 5000  # so that what a check costs the store is bounded, however many rooms are open


class _Held:
    """What waits for an outbox that is still being caught up."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self._bytes = 0

    def put(self, frame: bytes, outbox: Outbox) -> None:
        self.frames.append(frame)
        self._bytes += len(frame)
        if self._bytes > OUTBOX_MAX_BYTES:  # it reads its past slower than the present grows
            self.frames.clear()
            outbox.give_up()


class Changes(Protocol):
    """Who has to know what happens to rooms and to those in them."""

    async def opened(self, room: str) -> None:
        """Events of this room are delivered from now on; nobody has joined yet. May raise StoreUnavailable."""
        ...

    def happened(self, room: str, event: RoomChange) -> None:
        """The next change. Everybody here got what came before it, and nobody what comes after; must not wait."""
        ...

    def closed(self, room: str) -> None:
        """No more events of this room."""
        ...


class _OpenRoom:
    """A room with members here, each with what is held back for it until it is caught up."""

    def __init__(self, room: str, store: EventStore, changes: Changes, recent: Recent) -> None:
        self.id = room
        self._changes = changes
        self._recent = recent
        self.feed = Feed(room, store, self._deliver)
        self.members: dict[Outbox, _Held | None] = {}
        self.observers: list[Deliver] = []
        self.closing: asyncio.TimerHandle | None = None
        self.opened: asyncio.Task[None] | None = None

    @property
    def is_of_use(self) -> bool:
        return bool(self.members or self.observers)

    def _deliver(self, events: list[AnyEvent]) -> None:
        self._recent.add(self.id, events)
        for observe in list(self.observers):
            observe(events)
        rest = events
        for change in of_room(events):
            if isinstance(change, DEPARTURES):  # whom it concerns is gone before what follows is told
                until = change.seq - rest[0].seq + 1
                self._tell(rest[:until])
                rest = rest[until:]
            self._changes.happened(self.id, change)
        self._tell(rest)

    def _tell(self, events: list[AnyEvent]) -> None:
        if not events or not self.members:
            return
        with tracing.batch("deliver", [tracing.here()], room=self.id, members=len(self.members)):
            frame = protocol.encode(notices.Events(room=self.id, events=events))
            for outbox, held in self.members.items():
                if held is None:
                    outbox.put(frame)
                else:
                    held.put(frame, outbox)


class Hub:
    def __init__(self, store: EventStore, relay: Relay, changes: Changes, recent: Recent) -> None:
        self._store = store
        self._recent = recent
        self._changes = changes
        self._relay = relay
        self._rooms: dict[str, _OpenRoom] = {}
        self._looking = Looking(relay)

    async def join(self, room: str, outbox: Outbox, seen: int = 0) -> int:
        """Add an outbox, its frames held back; returns the seq after which they begin.

        `seen` is what its client has already, from another replica perhaps: this one may lag behind, and catches up.

        Raises:
            StoreUnavailable: the room can't be opened now.
        """
        opened = await self._opened(room)
        opened.members[outbox] = _Held()  # from here on the room stays open
        self._keep_open(opened)
        if seen > opened.feed.position:
            try:
                async with asyncio.timeout(CATCH_UP_SECONDS):
                    await opened.feed.reach(min(seen, await self._store.head(room)))
            except BaseException as ended:  # also by hanging up: whoever didn't get in will not leave by themselves
                self.leave(room, outbox)
                if isinstance(ended, TimeoutError):  # the store has it, but doesn't give it
                    raise StoreUnavailable(f"{room} did not reach {seen}") from None
                raise
        opened.members[outbox] = _Held()  # what came while we waited is before what it gets
        return opened.feed.position

    def release(self, room: str, outbox: Outbox) -> None:
        """The outbox is caught up: what was held goes out, and everything from now on."""
        members = self._rooms[room].members
        if held := members[outbox]:
            for frame in held.frames:
                outbox.put(frame)
        members[outbox] = None

    def leave(self, room: str, outbox: Outbox) -> None:
        """Remove an outbox; the room closes some minutes after its last one."""
        opened = self._rooms.get(room)
        if opened and outbox in opened.members:
            del opened.members[outbox]
            if not opened.is_of_use:
                self._close_later(opened)

    async def observe(self, room: str, observer: Deliver) -> None:
        """Call `observer` with the room's events from now on, in order; until `unobserve` the room stays open.

        Raises:
            StoreUnavailable: the room can't be opened now.
        """
        opened = await self._opened(room)
        if observer not in opened.observers:
            opened.observers.append(observer)
        self._keep_open(opened)

    def unobserve(self, room: str, observer: Deliver) -> None:
        """Call it no more, if it was called at all."""
        opened = self._rooms.get(room)
        if opened and observer in opened.observers:
            opened.observers.remove(observer)
            if not opened.is_of_use:
                self._close_later(opened)

    def position(self, room: str) -> int:
        """The seq of the last event delivered here, 0 for a room that is not open."""
        opened = self._rooms.get(room)
        return opened.feed.position if opened else 0

    def committed(self, room: str, events: list[AnyEvent]) -> None:
        """This replica stored these: they go to the members here at once, and to the other replicas."""
        self._relay.publish(ROOM_TOPIC_PREFIX + room, signals.encode(events))
        if opened := self._rooms.get(room):
            opened.feed.offer(events)

    def receive(self, room: str, events: list[AnyEvent]) -> None:
        """Another replica stored these."""
        if opened := self._rooms.get(room):
            opened.feed.offer(events)

    def hears(self, room: str) -> bool:
        """Whether what other replicas store in this room reaches this one."""
        opened = self._rooms.get(room)
        return opened is not None and opened.opened is None

    def compare_heads_now(self) -> None:
        """Messages may have been lost: look at once what the store has."""
        self._looking.now()

    async def keep_comparing_heads(self) -> None:
        """Run for ever: a room's last event has no successor to reveal its loss, so ask the store for its head."""
        while True:
            await self._looking.pause(HEAD_CHECK_SECONDS, DOUBTFUL_HEAD_CHECK_SECONDS)
            rooms = list(self._rooms.values())
            for start in range(0, len(rooms), HEAD_CHECK_ROOMS):
                await self._compare_heads(rooms[start : start + HEAD_CHECK_ROOMS])
                await asyncio.sleep(HEAD_CHECK_ROOMS / HEAD_CHECK_ROOMS_A_SECOND)

    async def _compare_heads(self, rooms: list[_OpenRoom]) -> None:
        try:
            heads = await self._store.heads([room.id for room in rooms])
        except StoreUnavailable as reason:  # next round
            log.warning("heads not compared", reason=str(reason))
            return
        for room in rooms:
            room.feed.notice_head(heads.get(room.id, 0))

    async def _opened(self, room: str) -> _OpenRoom:
        opened = self._rooms.get(room)
        if opened is None:
            opened = self._rooms[room] = _OpenRoom(room, self._store, self._changes, self._recent)
            opened.opened = asyncio.create_task(self._open(opened))
        if opened.opened:
            await asyncio.shield(opened.opened)  # many may wait for one opening
        return opened

    def _keep_open(self, opened: _OpenRoom) -> None:
        if opened.closing:
            opened.closing.cancel()
            opened.closing = None

    async def _open(self, opened: _OpenRoom) -> None:
        topic = ROOM_TOPIC_PREFIX + opened.id
        try:
            await self._relay.listen(topic)
            opened.feed.start(await self._recent.open(opened.id))  # events relayed meanwhile waited in the feed
            await self._changes.opened(opened.id)
        except BaseException:  # whatever it was, the next to come tries anew
            del self._rooms[opened.id]
            opened.feed.close()
            self._recent.close(opened.id)
            self._relay.ignore(topic)
            raise
        opened.opened = None
        self._close_later(opened)  # unless somebody joins: whoever asked may have hung up while they waited

    def _close_later(self, opened: _OpenRoom) -> None:
        opened.closing = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._close, opened.id)

    def _close(self, room: str) -> None:
        opened = self._rooms.pop(room)
        opened.feed.close()
        self._recent.close(room)
        self._changes.closed(room)
        self._relay.ignore(ROOM_TOPIC_PREFIX + room)
