"""What there is under `/api/`: each request is a command of the socket, and its answer the same as there.

A command's fields come from the path where it names them, else from the query of a GET, else from the JSON body.
"""

import msgspec

from chat_service import commands, notices

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
    Operation("archive-room", "POST", ROOM + "/archive", commands.ArchiveRoom),
    Operation("unarchive-room", "POST", ROOM + "/unarchive", commands.UnarchiveRoom),
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

CHANGES: dict[str, type[commands.RoomRequest]] = {
    "name": commands.RenameRoom,
    "topic": commands.SetTopic,
    "slow_mode": commands.SetSlowMode,
    "level": commands.SetLevel,
}
"""What a PATCH of a room may change, each by a command of its own."""
