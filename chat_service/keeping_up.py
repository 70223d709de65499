"""Finding what no feed tells this replica: that somebody connected here is in a room which is not open here.

Another replica that made somebody a member says so on one topic for all people: a queue binding for each person would
be five thousand bindings. Where that gets lost, the members that changed lately are looked up every few seconds.
"""

import asyncio
from collections.abc import Iterable

import msgspec
import structlog

from chat_service.attendance import Attendance
from chat_service.directory import MemberStore, Moment
from chat_service.errors import Unavailable
from chat_service.looking import Looking
from chat_service.relay import Relay
from chat_service.store import StoreUnavailable
from chat_service.succession import Succession

log = structlog.get_logger(__name__)

PEOPLE_TOPIC = "people"
LOOK_SECONDS = 3.0
DOUBTFUL_LOOK_SECONDS = 0.5  # while the relay may be losing messages
OVERLAP_SECONDS = 5.0  # a change may become visible after one that began later, by as long as a write takes
LOOK_MEMBERS = 500  # read at once; there is no pause between full pages
APPLY_AFTER_SECONDS = 1.0  # whoever committed a change has applied it by then, unless they died

_woken = msgspec.msgpack.Decoder(tuple[str, list[str]])


class KeepingUp:
    def __init__(self, attendance: Attendance, succession: Succession, members: MemberStore, relay: Relay) -> None:
        self._attendance = attendance
        self._succession = succession
        self._members = members
        self._relay = relay
        self._calls: dict[str, set[str]] = {}
        self._looking = Looking(relay)
        self._seen_at = 0
        self._moved_at = float("-inf")

    def wake(self, room: str, people: Iterable[str]) -> None:
        """Tell the other replicas that these became members of the room, once it is stored."""
        self._relay.publish(PEOPLE_TOPIC, msgspec.msgpack.encode((room, list(people))))

    def receive(self, payload: bytes) -> None:
        """What another replica told by `wake`."""
        room, people = _woken.decode(payload)
        if here := {person for person in people if self._attendance.is_here(person)}:
            self._calls.setdefault(room, set()).update(here)
            self._looking.now()

    def look_now(self) -> None:
        """Messages may have been lost."""
        self._looking.now()

    async def prepare(self) -> None:
        """Begin here: what changed before is read when people arrive.

        Raises:
            StoreUnavailable
        """
        await self._relay.listen(PEOPLE_TOPIC)
        self._seen_at = await self._members.last_change()

    async def keep_up(self) -> None:
        """Run for ever."""
        while True:
            await self._looking.pause(LOOK_SECONDS, DOUBTFUL_LOOK_SECONDS)
            try:
                await self._answer_calls()
                await self._look()
                await self._apply_what_nobody_did()
            except (StoreUnavailable, Unavailable) as reason:  # next round
                log.warning("members not looked up", reason=str(reason))

    async def _answer_calls(self) -> None:
        while self._calls:
            room, people = next(iter(self._calls.items()))
            found = await self._members.get(room, people)
            del self._calls[room]
            for member in found:
                self._attendance.learn(member)

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        settled = now - self._moved_at > OVERLAP_SECONDS  # what lies before has shown itself by now
        since = self._seen_at if settled else self._seen_at - int(OVERLAP_SECONDS * 1000)
        newest = self._seen_at
        behind: Moment = (since, None)
        while True:
            found = await self._members.changed(behind, LOOK_MEMBERS)
            for (at, _), member in found:
                self._attendance.learn(member)
                newest = max(newest, at)
            if len(found) < LOOK_MEMBERS:
                break
            behind = found[-1][0]
        if newest > self._seen_at:
            self._seen_at, self._moved_at = newest, now

    async def _apply_what_nobody_did(self) -> None:
        for room, events in self._attendance.unapplied(APPLY_AFTER_SECONDS):
            await self._succession.apply(room, events)
        await self._succession.catch_up()
