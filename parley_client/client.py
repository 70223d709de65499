"""What one can do in Parley, by its socket. Every method that asks for something raises Refused or SignedOut."""

from collections.abc import AsyncIterator, Sequence

from parley_client.feeds import PAGE_EVENTS
from parley_client.frames import Event, Frame, Person
from parley_client.link import Link


class Client(Link):
    """A person's socket with the protocol's operations; `client_id` names a write, however often it is tried."""

    # Messages: answered by `ok` with the `seq` of the event that is stored

    async def send(self, room: str, text: str, client_id: str | None = None, *, reply_to: int | None = None) -> Frame:
        """Say something."""
        return await self.request("send", client_id, room=room, text=text, reply_to=reply_to)

    async def edit(self, room: str, target: int, text: str, client_id: str | None = None) -> Frame:
        """Change one's own message."""
        return await self.request("edit", client_id, room=room, target=target, text=text)

    async def delete(self, room: str, target: int, client_id: str | None = None) -> Frame:
        """Take back a message: one's own, or anybody's for who moderates."""
        return await self.request("delete", client_id, room=room, target=target)

    async def react(self, room: str, target: int, emoji: str, client_id: str | None = None) -> Frame:
        return await self.request("react", client_id, room=room, target=target, emoji=emoji)

    async def unreact(self, room: str, target: int, emoji: str, client_id: str | None = None) -> Frame:
        return await self.request("unreact", client_id, room=room, target=target, emoji=emoji)

    async def pin(self, room: str, target: int, client_id: str | None = None) -> Frame:
        return await self.request("pin", client_id, room=room, target=target)

    async def unpin(self, room: str, target: int, client_id: str | None = None) -> Frame:
        return await self.request("unpin", client_id, room=room, target=target)

    # What was said

    async def history(  # noqa: PLR0913 - the protocol's own fields
        self,
        room: str,
        before: int | None = None,
        limit: int = PAGE_EVENTS,
        *,
        after: int | None = None,
        around: int | None = None,
        raw: bool = False,
    ) -> Frame:
        """A `page` of messages as they are now, or of the log's own events with `raw`; without a place, the newest."""
        return await self.request(
            "history", None, room=room, limit=limit, raw=raw or None, before=before, after=after, around=around
        )

    async def everything(self, room: str, *, raw: bool = False) -> AsyncIterator[Event]:
        """All that was said in a room, from its beginning, page by page."""
        after = 0
        while True:
            page = await self.history(room, after=after, raw=raw)
            for event in page.events:
                yield event
            if not page.more_after or not page.events:
                return
            after = page.events[-1].seq

    async def fetch(self, room: str, seqs: Sequence[int]) -> list[Event]:
        """Single messages; those that are not there are left out."""
        return (await self.request("fetch", room=room, seqs=list(seqs))).events

    async def thread(self, room: str, root: int, after: int = 0, limit: int = PAGE_EVENTS) -> Frame:
        """A `page` of the message `root` and the replies after `after`."""
        return await self.request("thread", room=room, root=root, after=after, limit=limit)

    async def pins(self, room: str) -> list[Event]:
        """All pinned messages."""
        pinned: list[Event] = []
        while True:
            page = await self.request("pins", room=room, after=pinned[-1].seq if pinned else 0)
            pinned += page.events
            if not page.more_after or not page.events:
                return pinned

    async def counts(self, rooms: Sequence[str]) -> Frame:
        """How much is unread in these rooms, counted anew."""
        return await self.request("counts", rooms=list(rooms))

    # Rooms and people

    async def create(self, name: str, kind: str = "public", topic: str = "", client_id: str | None = None) -> str:
        """A new room's id; the same `client_id` again gives the same room."""
        return str((await self.request("create", client_id, name=name, kind=kind, topic=topic)).room)

    async def open(self, people: Sequence[str], client_id: str | None = None) -> str:
        """The id of the direct conversation with these others."""
        return str((await self.request("open", client_id, people=list(people))).room)

    async def find_rooms(self, query: str = "", after: str | None = None) -> Frame:
        """Public rooms by name; `next` is the `after` of the following page."""
        return await self.request("rooms", query=query, after=after)

    async def find_people(self, query: str = "", after: str | None = None) -> list[Person]:
        return (await self.request("people", query=query, after=after)).people

    async def members(self, room: str, query: str = "", after: str | None = None, *, banned: bool = False) -> Frame:
        """Members of a room by name; `next` is the `after` of the following page."""
        return await self.request("members", room=room, query=query, after=after, banned=banned or None)

    async def join(self, room: str) -> Frame:
        return await self.request("join", room=room)

    async def leave(self, room: str) -> Frame:
        return await self.request("leave", room=room)

    async def invite(self, room: str, person: str) -> Frame:
        return await self.request("invite", room=room, person=person)

    async def moderate(self, op: str, room: str, person: str, **fields: object) -> Frame:
        """`remove`, `ban`, `unban`, `mute` (`seconds`), `unmute` or `role` (`role`) of a person."""
        return await self.request(op, None, room=room, person=person, **fields)

    async def change(self, op: str, room: str, **fields: object) -> Frame:
        """`rename` (`name`), `topic` (`topic`), `slow_mode` (`seconds`), `level` (`level`), `archive`, `unarchive`."""
        return await self.request(op, None, room=room, **fields)

    # Signals

    async def typing(self, room: str) -> None:
        """Tell the others that one is typing: every 3 s while it lasts."""
        await self.signal("typing", room=room)

    async def read(self, room: str, seq: int, *, back: bool = False) -> None:
        """One has read up to `seq`; `back` to mark what is above as unread again."""
        await self.signal("read", room=room, seq=seq, back=back or None)
