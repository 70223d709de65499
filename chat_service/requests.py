"""Every command that asks for something, and the use case that answers it: the same over a socket and by HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chassis import tracing
from chat_service import commands, writer
from chat_service.chat import Chat
from chat_service.devices import Devices
from chat_service.errors import Unavailable, UnknownOp
from chat_service.finding import Finding
from chat_service.history import History
from chat_service.marks import Marks
from chat_service.notices import Notice
from chat_service.pace import Pace
from chat_service.rooms import CHANGES, Rooms
from chat_service.store import StoreUnavailable
from chat_service.unread import Unread
from chat_service.visitor import Visitor

READS = (commands.History, commands.Fetch, commands.Thread, commands.Pins, commands.Counts)
"""What is not limited to a pace: it is bounded by what is under way on a connection at once."""
ROOM_MAKERS = (commands.CreateRoom, commands.OpenConversation, commands.JoinRoom, commands.InvitePerson)
"""What costs a replica a room to open, and people a place in their list: slower than the rest."""
UseCase = Callable[[Visitor, Any], Awaitable[Notice]]


class Requests:
    def __init__(  # noqa: PLR0913 - one of each kind
        self,
        *,
        chat: Chat,
        marks: Marks,
        history: History,
        unread: Unread,
        rooms: Rooms,
        finding: Finding,
        devices: Devices,
        pace: Pace,
        rooms_pace: Pace,
    ) -> None:
        self._pace = pace
        self._rooms_pace = rooms_pace
        self._use_cases: dict[type[commands.Command], UseCase] = {
            commands.Send: chat.send,
            commands.EditMessage: chat.edit,
            commands.DeleteMessage: chat.delete,
            commands.AddReaction: marks.react,
            commands.RemoveReaction: marks.unreact,
            commands.PinMessage: marks.pin,
            commands.UnpinMessage: marks.unpin,
            commands.History: history.history,
            commands.Fetch: history.fetch,
            commands.Thread: history.thread,
            commands.Pins: history.pins,
            commands.Counts: unread.counts,
            commands.CreateRoom: rooms.create,
            commands.OpenConversation: rooms.open,
            commands.FindRooms: finding.rooms,
            commands.FindPeople: finding.people,
            commands.FindMembers: finding.members,
            commands.SetLevel: devices.set_level,
            **dict.fromkeys(CHANGES, rooms.change),
        }

    async def answer(self, visitor: Visitor, command: commands.AnyCommand) -> Notice:
        """What the visitor is told to that.

        Raises:
            ChatError: why it can't be done.
        """
        use_case = self._use_cases.get(type(command))
        if use_case is None:
            raise UnknownOp(f"This server does not know the op {command.__struct_config__.tag!r} yet.")
        if not isinstance(command, READS):
            self._pace.spend(visitor.person.id)
        if isinstance(command, ROOM_MAKERS):
            self._rooms_pace.spend(visitor.person.id)
        # A store that hangs holds up what a send has to look up first no longer than what is to be stored.
        patience = writer.DEADLINE_SECONDS if isinstance(command, commands.Send) else None
        try:
            with tracing.span(str(command.__struct_config__.tag)):
                async with asyncio.timeout(patience):
                    return await use_case(visitor, command)
        except (StoreUnavailable, TimeoutError):  # away, or so slow that nobody should wait for it
            raise Unavailable from None
