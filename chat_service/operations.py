"""What there is under `/api/`: each request is a command of the socket, and its answer the same as there.

A command's fields come from the path where it names them, else from the query of a GET, else from the JSON body.
"""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from chat_service import commands, notices
from chat_service.limits import MAX_SLOW_MODE_SECONDS

ROOMS = "/api/rooms"
ROOM = ROOMS + "/{room}"
EVENTS = ROOM + "/events"
EVENT = EVENTS + "/{target}"
REACTION = EVENT + "/reactions/{emoji}"
PIN = ROOM + "/pins/{target}"
MEMBER = ROOM + "/members/{person}"
BAN = ROOM + "/bans/{person}"
MUTE = ROOM + "/mutes/{person}"


class Operation(msgspec.Struct, frozen=True):
    """`name` is the route's; `needs_key` where a repetition without an `Idempotency-Key` would do it twice."""

    name: str
    method: str
    path: str
    command: type[commands.AnyCommand]
    answer: type[notices.Answer] = notices.Ok
    status: int = 200
    needs_key: bool = False


OPERATIONS = (
    Operation("create-room", "POST", ROOMS, commands.CreateRoom, status=201, needs_key=True),
    Operation("find-rooms", "GET", "/api/public-rooms", commands.FindRooms, notices.FoundRooms),
    Operation("open-conversation", "POST", "/api/conversations", commands.OpenConversation),
    Operation("find-people", "GET", "/api/people", commands.FindPeople, notices.FoundPeople),
    Operation("join-room", "POST", ROOM + "/join", commands.JoinRoom),
    Operation("leave-room", "POST", ROOM + "/leave", commands.LeaveRoom),
    Operation("find-members", "GET", ROOM + "/members", commands.FindMembers, notices.FoundMembers),
    Operation("invite-person", "PUT", MEMBER, commands.InvitePerson),
    Operation("remove-person", "DELETE", MEMBER, commands.RemovePerson),
    Operation("set-role", "PATCH", MEMBER, commands.SetRole),
    Operation("ban-person", "PUT", BAN, commands.BanPerson),
    Operation("unban-person", "DELETE", BAN, commands.UnbanPerson),
    Operation("mute-person", "PUT", MUTE, commands.MutePerson),
    Operation("unmute-person", "DELETE", MUTE, commands.UnmutePerson),
    Operation("history", "GET", EVENTS, commands.History, notices.Page),
    Operation("send-message", "POST", EVENTS, commands.Send, status=201, needs_key=True),
    Operation("edit-message", "PATCH", EVENT, commands.EditMessage),
    Operation("delete-message", "DELETE", EVENT, commands.DeleteMessage),
    Operation("add-reaction", "PUT", REACTION, commands.AddReaction),
    Operation("remove-reaction", "DELETE", REACTION, commands.RemoveReaction),
    Operation("thread", "GET", ROOM + "/threads/{root}", commands.Thread, notices.Page),
    Operation("pins", "GET", ROOM + "/pins", commands.Pins, notices.Page),
    Operation("pin-message", "PUT", PIN, commands.PinMessage),
    Operation("unpin-message", "DELETE", PIN, commands.UnpinMessage),
)


class RoomChanges(msgspec.Struct, frozen=True):
    """What a PATCH of a room changes: each by a command of its own, in this order."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    topic: str | msgspec.UnsetType = msgspec.UNSET
    slow_mode: Annotated[int, msgspec.Meta(ge=0, le=MAX_SLOW_MODE_SECONDS)] | msgspec.UnsetType = msgspec.UNSET
    level: commands.Level | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET

    def commands(self, room: str, key: str) -> Iterator[commands.AnyCommand]:
        """The commands; `key` begins their ids."""
        if self.name is not msgspec.UNSET:
            yield commands.RenameRoom(id=f"{key}-n", room=room, name=self.name)
        if self.topic is not msgspec.UNSET:
            yield commands.SetTopic(id=f"{key}-t", room=room, topic=self.topic)
        if self.slow_mode is not msgspec.UNSET:
            yield commands.SetSlowMode(id=f"{key}-s", room=room, seconds=self.slow_mode)
        if self.level is not msgspec.UNSET:
            yield commands.SetLevel(id=f"{key}-l", room=room, level=self.level)
        if self.archived is not msgspec.UNSET:
            archiving = commands.ArchiveRoom if self.archived else commands.UnarchiveRoom
            yield archiving(id=f"{key}-a", room=room)
