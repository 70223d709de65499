"""What was said, for whoever reads it later: a port beside the log's, with its promises.

tests/contracts/ holds every implementation to them. Each read is bounded by what it returns and what
happened to that, however long the room's log is. Every method may raise StoreUnavailable.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from chat_service.events import AnyEvent, Message, MessageChange, RoomChange

MAX_SEQ = 2**53 - 1
MAX_COUNTED = 1000  # unread messages and replies: it stands for more
MAX_LOOKED_THROUGH = 2000  # entries above a marker in which unread ones are counted, the newest

Said = Message | RoomChange
"""What has a place of its own on a page; changes of messages are folded into the messages."""


class Archive(Protocol):
    async def before(self, room: str, seq: int | None, limit: int) -> list[Said]:
        """The last `limit` below `seq` (of all for None), ascending."""
        ...

    async def after(self, room: str, seq: int, limit: int) -> list[Said]:
        """The first `limit` above `seq`, ascending."""
        ...

    async def at(self, room: str, seqs: Collection[int]) -> list[AnyEvent]:
        """The events with these seqs, ascending."""
        ...

    async def changes(self, room: str, targets: Collection[int], up_to: int) -> list[MessageChange]:
        """What happened to these messages up to a seq, ascending; of all edits of one, the last alone has its text."""
        ...

    async def count_changes(self, room: str, target: int, limit: int) -> int:
        """How much happened to a message; `limit` stands for more."""
        ...

    async def replies(self, room: str, roots: Collection[int], up_to: int) -> dict[int, int]:
        """How many messages up to a seq are in the threads of those that have any; MAX_COUNTED stands for more."""
        ...

    async def thread(self, room: str, root: int, after: int, limit: int) -> list[Message]:
        """The first `limit` messages above `after` in the thread of `root`, ascending."""
        ...

    async def pinned(self, room: str, limit: int) -> list[int]:
        """Seqs among which are all pinned messages, but not all of which may be, ascending: at most 2 x `limit`."""
        ...

    async def unread(self, room: str, person: str, marker: int, up_to: int = MAX_SEQ) -> tuple[int, int]:
        """How many messages of others above `marker` are not deleted, and in how many of them `person` is mentioned.

        Those above `up_to` are left out. Each up to MAX_COUNTED, among the newest MAX_LOOKED_THROUGH.
        """
        ...

    async def settle(self, room: str, changes: Sequence[MessageChange]) -> None:
        """Bring what is kept up to these stored changes: in any order, any number of times, it comes out the same.

        The text of a deleted message is erased, with that of all its edits, and those that came too late;
        whether a message is pinned is noted beside it.
        """
        ...

    async def by_author(self, room: str, person: str, after: str, limit: int) -> list[AnyEvent]:
        """The first `limit` events of a person whose ids are above `after`, by their ids."""
        ...

    async def erase_author(self, person: str) -> int:
        """Erase every text that a person wrote, as if they had deleted it; returns how many texts those were."""
        ...

    async def rename_author(self, person: str, name: str) -> None:
        """Have a person stand in all events by another name."""
        ...
