"""One room on somebody's screen: who its members are, and who of them its watchers know to be online."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from chat_service import notices, protocol
from chat_service.events import AnyEvent, Ban, Invite, Join, Leave, Person, Remove
from chat_service.outbox import Outbox

MAX_IDS = 1000  # in one frame, some 40 KB
MAX_SHOWN = 10_000  # who is told to be online in one room: some 400 KB, a tenth of what a client may be owed
OnlineAmong = Callable[[set[str]], set[str]]


class Watcher(Protocol):
    """A connection that looks at rooms."""

    @property
    def person(self) -> Person: ...

    @property
    def outbox(self) -> Outbox: ...


class WatchedRoom:
    """`members` is empty until `loaded`; what happens before that is made up for then."""

    def __init__(self, room: str, *, public: bool) -> None:
        self.id = room
        self.public = public
        self.members: set[str] = set()
        self.watchers: set[Watcher] = set()
        self._new: set[Watcher] = set()  # they get a snapshot next, and the changes from then on
        self._told: set[str] = set()
        self._touched: set[str] = set()
        self._known = False
        self._since: dict[str, bool] | None = {}  # who entered (True) or left, since the room's events are heard

    def add(self, watcher: Watcher) -> None:
        self.watchers.add(watcher)
        self._new.add(watcher)

    def remove(self, watcher: Watcher) -> None:
        self.watchers.discard(watcher)
        self._new.discard(watcher)

    def loaded(self, members: Iterable[str], *, settled: bool = True) -> None:
        """These were the members at some moment since the room's events are heard.

        Unless that is `settled`, some of what happened before is missing, and they are loaded again.
        """
        before, self.members, self._known = self.members, set(members), True
        since, self._since = self._since or {}, None if settled else self._since
        self._become(since)
        self._touched |= before ^ self.members

    def happened(self, events: Sequence[AnyEvent]) -> dict[str, bool]:
        """Take what happened in the room; returns the people whom it made members (True) or not (False)."""
        changes: dict[str, bool] = {}
        for event in events:
            match event:
                case Join(author=person) | Invite(person=person):
                    changes[person.id] = True
                case Leave(author=person) | Remove(person=person) | Ban(person=person):
                    changes[person.id] = False
                case _:
                    pass
        if self._since is not None:
            self._since |= changes
        self._become(changes)
        return changes

    def tell_presence(self, touched: set[str], online_among: OnlineAmong) -> int:
        """Tell the watchers who came and went, of these people and of the room; returns in how many frames."""
        if not self._known:
            return 0
        touched, self._touched = self._touched | (touched & self.members), set()
        if len(self._told) >= MAX_SHOWN:  # as some go, others are shown in their place
            touched |= self.members
        online = online_among(touched & self.members)
        came, went = online - self._told, (touched - online) & self._told
        if (room := MAX_SHOWN - len(self._told) + len(went)) < len(came):
            came = set(sorted(came)[:room])
        self._told = (self._told | came) - went if came or went else self._told
        old = self.watchers - self._new
        frames = 0
        if old and (came or went):
            frames += self._put(old, sorted(came), sorted(went))
        if self._new:
            frames += self._put(self._new, sorted(self._told), snapshot=True)
        self._new = set()
        return frames

    def _put(self, watchers: set[Watcher], came: list[str], went: Sequence[str] = (), *, snapshot: bool = False) -> int:
        frames = max(1, math.ceil(len(came) / MAX_IDS), math.ceil(len(went) / MAX_IDS))
        for number in range(frames):  # what follows the first frame of a snapshot adds to it
            part = slice(number * MAX_IDS, (number + 1) * MAX_IDS)
            notice = notices.PresenceChange(
                room=self.id, online=came[part], offline=tuple(went[part]), snapshot=snapshot and number == 0
            )
            frame = protocol.encode(notice)  # once for all of them
            for watcher in watchers:
                watcher.outbox.put(frame)
        return frames * len(watchers)

    def _become(self, changes: dict[str, bool]) -> None:
        for person_id, is_member in changes.items():
            (self.members.add if is_member else self.members.discard)(person_id)
        self._touched |= changes.keys()
