"""Which replica writes a room that several write to at once.

Any replica may commit to any room at any moment: the store's unique index decides who gets a number. Where that ends
in conflicts, those who met one say so, and the replica that ranks first for this room writes the others' events among
its own for a while. Nothing depends on their agreeing: who gets no answer soon commits by itself, and an event that
two replicas try to commit is still one event. Why not only retries: docs/decisions/0060-handover.md.
"""

import asyncio
import zlib
from collections.abc import Callable, Sequence

import msgspec

from chat_service import metrics
from chat_service.events import AnyEvent
from chat_service.relay import Relay

HANDOVER_TOPIC = "log"
LEASE_SECONDS = 5.0  # after the last sign of contention everybody writes for themselves again
PATIENCE_SECONDS = 0.3  # some twenty times what an answer takes; then that replica is taken for gone
TELL_AGAIN_SECONDS = 0.02
MAX_ROOMS = 10_000


class Contended(msgspec.Struct, frozen=True, tag=True):
    """This replica writes to the room, or offers to, and others write to it too."""

    room: str
    replica: str


class Drafts(msgspec.Struct, frozen=True, tag=True):
    """For the addressed replica to commit; the room's relayed events are the answer."""

    room: str
    drafts: Sequence[AnyEvent]


_messages: msgspec.msgpack.Decoder[Contended | Drafts] = msgspec.msgpack.Decoder(Contended | Drafts)
decode = _messages.decode


class _Contention(msgspec.Struct):
    """Who is to write a room, and who did not answer; times by the loop's clock."""

    writer: str
    until: float
    gone: str = ""
    gone_until: float = 0.0
    told_at: float = float("-inf")


class Handover:
    """`hears` says whether a room's relayed events reach this replica: without them no answer would."""

    def __init__(self, replica: str, relay: Relay, hears: Callable[[str], bool]) -> None:
        self._replica = replica
        self._relay = relay
        self._hears = hears
        self._rooms: dict[str, _Contention] = {}

    async def listen(self) -> None:
        await self._relay.listen(HANDOVER_TOPIC)
        await self._relay.listen(_address(self._replica))

    def writer_elsewhere(self, room: str) -> str | None:
        """The replica to give this room's drafts to, if that is another one."""
        contention = self._rooms.get(room)
        if contention is None:
            return None
        if contention.until < asyncio.get_running_loop().time():
            del self._rooms[room]
            return None
        ours = _rank(room, self._replica) <= _rank(room, contention.writer)
        return None if ours or self._relay.in_doubt or not self._hears(room) else contention.writer

    def give(self, writer: str, room: str, drafts: Sequence[AnyEvent]) -> None:
        metrics.EVENTS_HANDED_OVER.inc(len(drafts))
        self._relay.publish(_address(writer), msgspec.msgpack.encode(Drafts(room, drafts)))

    def unanswered(self, room: str, writer: str) -> None:
        """The writer didn't answer: for as long as a lease it is done without."""
        contention = self._note(room, self._replica)
        contention.writer, contention.gone, contention.gone_until = self._replica, writer, contention.until

    def conflict(self, room: str) -> None:
        """Another replica took a number that we tried."""
        self._tell(room, self._note(room, self._replica))

    def contended(self, room: str, replica: str) -> None:
        """Another replica met a conflict: whoever ranks before it offers to write, even without events of its own."""
        self._note(room, replica)
        if _rank(room, self._replica) < _rank(room, replica) and self._hears(room) and not self._relay.in_doubt:
            self._tell(room, self._note(room, self._replica))

    def given(self, room: str) -> None:
        """We were given drafts while we had others: as long as that goes on, they shall be given."""
        contention = self._note(room, self._replica)
        if asyncio.get_running_loop().time() - contention.told_at > LEASE_SECONDS / 2:
            self._tell(room, contention)

    def _note(self, room: str, replica: str) -> _Contention:
        now = asyncio.get_running_loop().time()
        known = self._rooms.get(room)
        if known is None or known.until < now:
            known = self._rooms[room] = _Contention(replica, now)
            if len(self._rooms) > MAX_ROOMS:
                del self._rooms[next(iter(self._rooms))]
        elif _rank(room, replica) < _rank(room, known.writer) and (replica != known.gone or known.gone_until < now):
            known.writer = replica
        known.until = now + LEASE_SECONDS
        return known

    def _tell(self, room: str, contention: _Contention) -> None:
        now = asyncio.get_running_loop().time()
        if now - contention.told_at >= TELL_AGAIN_SECONDS:
            contention.told_at = now
            self._relay.publish(HANDOVER_TOPIC, msgspec.msgpack.encode(Contended(room, self._replica)))


def _address(replica: str) -> str:
    return f"{HANDOVER_TOPIC}:{replica}"


def _rank(room: str, replica: str) -> tuple[int, str]:
    """By the room too, so that no replica writes everybody's rooms."""
    return zlib.crc32(f"{room} {replica}".encode()), replica
