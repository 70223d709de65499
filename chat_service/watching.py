"""Who has which room on the screen: presence, typing and receipts are told to those alone.

The ids of a room's members are kept while somebody here watches it: read once, then kept true by the room's events.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Protocol

import structlog

from chat_service import notices, protocol
from chat_service.events import AnyEvent
from chat_service.feed import Deliver
from chat_service.gathering import Gathering
from chat_service.store import StoreUnavailable
from chat_service.watched_room import OnlineAmong, WatchedRoom, Watcher

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.2
LONGEST_GATHER_SECONDS = 5.0
FRAMES_PER_SECOND = 5000  # of presence, on this replica: past it, changes gather for longer
MAX_KNOWN_MEMBERS = 1_000_000  # ids of all watched rooms together, some 100 MB; past it a room shows nobody's presence
LOADS_AT_ONCE = 20  # rooms whose members are being read
RETRY_SECONDS = 1.0
SETTLE_SECONDS = 3.0  # until what has happened in a room can surely be read


class Feeds(Protocol):
    """The rooms' events, in order; a room that is observed stays open on this replica."""

    async def observe(self, room: str, observer: Deliver) -> None:
        """Call `observer` with all events from now on.

        Raises:
            StoreUnavailable
        """
        ...

    def unobserve(self, room: str, observer: Deliver) -> None: ...


class _Opened:
    def __init__(self, room: WatchedRoom, observer: Deliver) -> None:
        self.room = room
        self.observer = observer
        self.known_members = 0
        self.loading: asyncio.Task[None] | None = None


class Watching:
    """`online_among` tells who of a set of people is online, `member_ids` reads who is in a room.

    `settled` tells whether all that happened in the room until now can be read.
    """

    def __init__(
        self,
        feeds: Feeds,
        online_among: OnlineAmong,
        member_ids: Callable[[str], Awaitable[Collection[str]]],
        settled: Callable[[str], bool] = lambda _room: True,
    ) -> None:
        self._feeds = feeds
        self._online_among = online_among
        self._member_ids = member_ids
        self._settled = settled
        self._rooms: dict[str, _Opened] = {}
        self._watched: dict[Watcher, set[str]] = {}
        self._touched: set[str] = set()
        self._known_members = 0
        self._loads = asyncio.Semaphore(LOADS_AT_ONCE)
        self._gathering = Gathering(self._tell_presence, GATHER_SECONDS)

    def watch(self, watcher: Watcher, rooms: Mapping[str, bool]) -> None:
        """These rooms are on the screen, instead of those before; the values say which are public.

        Of each that was not watched before the watcher gets a snapshot, then the changes.
        """
        before = self._watched.setdefault(watcher, set())
        for room in before - rooms.keys():
            self.stop(watcher, room)
        for room in rooms.keys() - before:
            self._begin(watcher, room, public=rooms[room])

    def stop(self, watcher: Watcher, room: str) -> None:
        """The watcher may not see the room any more, or does not want to."""
        watched = self._watched.get(watcher, set())
        if room in watched:
            watched.remove(room)
            opened = self._rooms[room]
            opened.room.remove(watcher)
            if not opened.room.watchers:
                self._close(opened)

    def leave(self, watcher: Watcher) -> None:
        """The watcher's connection ended."""
        for room in list(self._watched.get(watcher, ())):
            self.stop(watcher, room)
        self._watched.pop(watcher, None)

    def presence_changed(self, people: set[str]) -> None:
        """These may have come or gone."""
        if self._rooms:
            self._touched |= people
            self._gathering.touch()

    def members(self, room: str) -> set[str]:
        """The ids of a watched room's members; of another room nobody's."""
        opened = self._rooms.get(room)
        return opened.room.members if opened else set()

    def tell(self, room: str, notice: notices.Notice, *, but: Collection[str] = ()) -> None:
        """The same bytes to everybody who watches the room, except to these people."""
        if opened := self._rooms.get(room):
            frame = protocol.encode(notice)
            for watcher in opened.room.watchers:
                if watcher.person.id not in but:
                    watcher.outbox.put(frame)

    def watchers(self, room: str) -> Collection[Watcher]:
        opened = self._rooms.get(room)
        return opened.room.watchers if opened else ()

    def close(self) -> None:
        """Forget the timers, and what is being read."""
        self._gathering.close()
        for opened in self._rooms.values():
            if opened.loading:
                opened.loading.cancel()

    def _begin(self, watcher: Watcher, room: str, *, public: bool) -> None:
        opened = self._rooms.get(room)
        if opened is None:
            opened = _Opened(WatchedRoom(room, public=public), partial(self._happened, room))
            self._rooms[room] = opened
            opened.loading = asyncio.create_task(self._load(opened), name=f"members of {room}")
        opened.room.add(watcher)
        self._watched[watcher].add(room)
        self._gathering.touch()

    def _close(self, opened: _Opened) -> None:
        del self._rooms[opened.room.id]
        self._known_members -= opened.known_members
        if opened.loading:
            opened.loading.cancel()
        self._feeds.unobserve(opened.room.id, opened.observer)

    async def _load(self, opened: _Opened) -> None:
        room = opened.room.id
        members, settled = await self._read(opened)
        if self._known_members + len(members) > MAX_KNOWN_MEMBERS:
            log.error("too many members to show who is online", room=room, members=len(members))
            members, settled = (), True
        opened.known_members = len(members)
        self._known_members += len(members)
        opened.room.loaded(members, settled=settled)
        self._gathering.touch()
        if not settled:
            await asyncio.sleep(SETTLE_SECONDS)
            members, _ = await self._read(opened)
            opened.room.loaded(members)
            self._gathering.touch()
        opened.loading = None

    async def _read(self, opened: _Opened) -> tuple[Collection[str], bool]:
        """The room's members, and whether all that happened before its events were heard is in them."""
        while True:
            try:
                async with self._loads:
                    await self._feeds.observe(opened.room.id, opened.observer)
                    settled = self._settled(opened.room.id)
                    return await self._member_ids(opened.room.id), settled
            except StoreUnavailable as reason:  # its watchers have no presence until it is back
                log.warning("members not read yet", room=opened.room.id, reason=str(reason))
                await asyncio.sleep(RETRY_SECONDS)

    def _happened(self, room: str, events: list[AnyEvent]) -> None:
        opened = self._rooms[room].room
        if changes := opened.happened(events):
            self._gathering.touch()
            for watcher in list(opened.watchers):
                if (
                    not opened.public and changes.get(watcher.person.id) is False
                ):  # who left sees nothing of it any more
                    self.stop(watcher, room)

    def _tell_presence(self) -> None:
        touched, self._touched = self._touched, set()
        frames = sum(opened.room.tell_presence(touched, self._online_among) for opened in self._rooms.values())
        self._gathering.seconds = min(max(frames / FRAMES_PER_SECOND, GATHER_SECONDS), LONGEST_GATHER_SECONDS)
