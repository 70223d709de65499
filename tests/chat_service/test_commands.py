"""What a client may say: an example of each command, and their limits."""

import msgspec
import pytest

from chat_service import commands, protocol

ROOM: dict[str, object] = {"id": "r-1", "room": "lobby"}
OTHER = ROOM | {"person": "p-bob"}
COMMANDS: dict[str, commands.AnyCommand] = {
    "hello": commands.Hello(),
    "hello with resume": commands.Hello(resume=commands.Resume("e", {"lobby": 7, "other": 0})),
    "send": commands.Send(id="m-1", room="lobby", text="Hi"),
    "send a reply": commands.Send(id="m-1", room="lobby", text="Hi", reply_to=5),
    "edit": commands.EditMessage(id="m-1", room="lobby", target=5, text="Hi"),
    "delete": commands.DeleteMessage(id="m-1", room="lobby", target=5),
    "react": commands.AddReaction(id="m-1", room="lobby", target=5, emoji="👍🏽"),
    "unreact": commands.RemoveReaction(id="m-1", room="lobby", target=5, emoji="👍🏽"),
    "pin": commands.PinMessage(id="m-1", room="lobby", target=5),
    "unpin": commands.UnpinMessage(id="m-1", room="lobby", target=5),
    "history": commands.History(id="h-1", room="lobby"),
    "history before": commands.History(id="h-1", room="lobby", before=2**53 - 1, limit=1),
    "history around, raw": commands.History(id="h-1", room="lobby", around=7, raw=True),
    "fetch": commands.Fetch(id="h-1", room="lobby", seqs=[1, 2]),
    "thread": commands.Thread(id="h-1", room="lobby", root=1),
    "pins": commands.Pins(id="h-1", room="lobby"),
    "counts": commands.Counts(id="h-1", rooms=["lobby"]),
    "create": commands.CreateRoom(id="r-1", name="garden", kind="private", topic="Plants"),
    "open": commands.OpenConversation(id="r-1", people=["p-bob"]),
    "rooms": commands.FindRooms(id="r-1", query="gar", after="x", limit=10),
    "people": commands.FindPeople(id="r-1", query="ad"),
    "members": commands.FindMembers(id="r-1", room="lobby", banned=True),
    "join": commands.JoinRoom(id="r-1", room="lobby"),
    "leave": commands.LeaveRoom(id="r-1", room="lobby"),
    "invite": commands.InvitePerson(id="r-1", room="lobby", person="p-bob"),
    "remove": commands.RemovePerson(id="r-1", room="lobby", person="p-bob"),
    "ban": commands.BanPerson(id="r-1", room="lobby", person="p-bob"),
    "unban": commands.UnbanPerson(id="r-1", room="lobby", person="p-bob"),
    "mute": commands.MutePerson(id="r-1", room="lobby", person="p-bob", seconds=60),
    "unmute": commands.UnmutePerson(id="r-1", room="lobby", person="p-bob"),
    "role": commands.SetRole(id="r-1", room="lobby", person="p-bob", role="moderator"),
    "rename": commands.RenameRoom(id="r-1", room="lobby", name="garden"),
    "topic": commands.SetTopic(id="r-1", room="lobby", topic="Plants"),
    "archive": commands.ArchiveRoom(id="r-1", room="lobby"),
    "unarchive": commands.UnarchiveRoom(id="r-1", room="lobby"),
    "slow mode": commands.SetSlowMode(id="r-1", room="lobby", seconds=10),
    "level": commands.SetLevel(id="r-1", room="lobby", level="mentions"),
    "read": commands.Read(room="lobby", seq=7),
    "read back": commands.Read(room="lobby", seq=7, back=True),
    "typing": commands.Typing(room="lobby"),
    "watch": commands.Watch(rooms=["lobby"]),
    "renew": commands.Renew(id="r-1", token="abc"),
    "ping": commands.Ping(id="p-1"),
}
LIMITS: list[tuple[dict[str, object], str]] = [
    ({"op": "open", "id": "r-1", "people": []}, "people"),
    ({"op": "open", "id": "r-1", "people": ["p"] * 9}, "people"),
    ({"op": "open", "id": "r-1", "people": [""]}, "people[0]"),
    ({"op": "rooms", "id": "r-1", "limit": 51}, "limit"),
    ({"op": "rooms", "id": "r-1", "query": "x" * 65}, "query"),
    ({"op": "people", "id": "r-1", "query": {"$ne": 1}}, "query"),
    ({"op": "create", "id": "r-1", "name": "x", "kind": "direct"}, "kind"),
    (OTHER | {"op": "mute", "seconds": 0}, "seconds"),
    (OTHER | {"op": "mute", "seconds": 30 * 24 * 3600 + 1}, "seconds"),
    (OTHER | {"op": "role", "role": "king"}, "role"),
    (ROOM | {"op": "slow_mode", "seconds": 3601}, "seconds"),
    (ROOM | {"op": "fetch", "seqs": []}, "seqs"),
    ({"op": "watch", "rooms": ["r"] * 101}, "rooms"),
]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_read_as_what_was_written(command: commands.AnyCommand) -> None:
    assert protocol.decode(msgspec.json.encode(command).decode()) == command


def test_every_command_has_its_example_above() -> None:
    assert {type(command) for command in COMMANDS.values()} == set(commands.AnyCommand.__args__)


@pytest.mark.parametrize(("frame", "field"), LIMITS, ids=lambda value: str(value)[:40])
def test_what_goes_too_far_is_refused_by_its_field(frame: dict[str, object], field: str) -> None:
    with pytest.raises(protocol.BadFrame) as refused:
        protocol.decode(msgspec.json.encode(frame).decode())
    assert refused.value.error.field == field
