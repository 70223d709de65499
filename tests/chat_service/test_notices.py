"""What the server says: an example of each notice, as it is written."""

import json

import pytest

from chat_service import limits, notices, protocol
from chat_service.events import Join
from tests.chat_service.examples import ADA, BOB, stored

ADA_WRITTEN = {"id": "p-ada", "name": "Ada"}
LOBBY = notices.RoomState(id="lobby", name="lobby", kind="public", head=3)
LOBBY_WRITTEN = {"id": "lobby", "name": "lobby", "kind": "public", "head": 3}
NOTICES: dict[str, tuple[notices.Notice, dict[str, object]]] = {
    "welcome": (
        notices.Welcome(
            you=ADA, replica="chat1", epoch="e", expires_in=600, rooms=[LOBBY], heartbeat=25.0, limits=notices.Limits()
        ),
        {
            "op": "welcome",
            "you": ADA_WRITTEN,
            "replica": "chat1",
            "epoch": "e",
            "expires_in": 600,
            "rooms": [LOBBY_WRITTEN],
            "heartbeat": 25.0,
            "limits": {
                "text_chars": 4000,
                "name_chars": 64,
                "topic_chars": 250,
                "frame_bytes": 65536,
                "page_events": 100,
                "conversation_people": 8,
                "watched_rooms": 100,
            },
        },
    ),
    "events": (
        notices.Events(room="lobby", events=[stored(1, text="Hi"), Join(id="j", author=BOB, seq=2, at=9)]),
        {
            "op": "events",
            "room": "lobby",
            "events": [
                {
                    "type": "message",
                    "id": "m-1",
                    "author": ADA_WRITTEN,
                    "seq": 1,
                    "at": 1_700_000_000_001,
                    "text": "Hi",
                },
                {"type": "join", "id": "j", "author": {"id": "p-bob", "name": "Bob"}, "seq": 2, "at": 9},
            ],
        },
    ),
    "limited": (notices.Limited(room="lobby", head=9), {"op": "limited", "room": "lobby", "head": 9}),
    "page": (
        notices.Page(id="h", room="lobby", events=[], as_of=3),
        {"op": "page", "id": "h", "room": "lobby", "events": [], "as_of": 3},
    ),
    "counts": (
        notices.Counted(id="h", rooms=[notices.Count(room="lobby", read=1, unread=2, mentions=0)]),
        {"op": "counts", "id": "h", "rooms": [{"room": "lobby", "read": 1, "unread": 2, "mentions": 0}]},
    ),
    "rooms": (
        notices.FoundRooms(id="h", rooms=[notices.FoundRoom(id="r", name="garden", members=2, joined=True)], next="n"),
        {"op": "rooms", "id": "h", "rooms": [{"id": "r", "name": "garden", "members": 2, "joined": True}], "next": "n"},
    ),
    "people": (notices.FoundPeople(id="h", people=[ADA]), {"op": "people", "id": "h", "people": [ADA_WRITTEN]}),
    "members": (
        notices.FoundMembers(
            id="h", room="r", members=[notices.Membership(person=ADA, role="owner", since=5)], total=1
        ),
        {
            "op": "members",
            "id": "h",
            "room": "r",
            "members": [{"person": ADA_WRITTEN, "role": "owner", "since": 5}],
            "total": 1,
        },
    ),
    "ok to a send": (notices.Ok(id="m", seq=1, at=2), {"op": "ok", "id": "m", "seq": 1, "at": 2}),
    "ok with a room": (notices.Ok(id="m", room="r"), {"op": "ok", "id": "m", "room": "r"}),
    "ok to anything else": (notices.Ok(id="m"), {"op": "ok", "id": "m"}),
    "error": (
        notices.Error(id="m", code="unavailable", message="Later.", retry_after=1.0),
        {"op": "error", "id": "m", "code": "unavailable", "message": "Later.", "retry_after": 1.0},
    ),
    "error of a field": (
        notices.Error(code="invalid", message="No.", field="text"),
        {"op": "error", "code": "invalid", "message": "No.", "field": "text"},
    ),
    "room": (notices.YourRoom(room=LOBBY), {"op": "room", "room": LOBBY_WRITTEN}),
    "gone": (notices.Gone(room="lobby"), {"op": "gone", "room": "lobby"}),
    "read": (
        notices.ReadUpTo(room="lobby", seq=5, unread=0, mentions=0),
        {"op": "read", "room": "lobby", "seq": 5, "unread": 0, "mentions": 0},
    ),
    "read by somebody else": (
        notices.ReadUpTo(room="lobby", seq=5, person=BOB.id),
        {"op": "read", "room": "lobby", "seq": 5, "person": "p-bob"},
    ),
    "typing": (
        notices.TypingNow(room="lobby", people=[ADA]),
        {"op": "typing", "room": "lobby", "people": [ADA_WRITTEN]},
    ),
    "presence": (
        notices.PresenceChange(room="lobby", online=[ADA.id], offline=[BOB.id]),
        {"op": "presence", "room": "lobby", "online": ["p-ada"], "offline": ["p-bob"]},
    ),
    "presence of all": (
        notices.PresenceChange(room="lobby", online=[], snapshot=True),
        {"op": "presence", "room": "lobby", "online": [], "snapshot": True},
    ),
    "erased": (notices.Erased(person="p-1"), {"op": "erased", "person": "p-1"}),
    "goaway": (notices.GoAway(retry_after=2.0), {"op": "goaway", "retry_after": 2.0}),
}


@pytest.mark.parametrize(("notice", "written"), NOTICES.values(), ids=NOTICES)
def test_a_notice_is_written_as_the_protocol_says(notice: notices.Notice, written: dict[str, object]) -> None:
    assert json.loads(protocol.encode(notice)) == written


def test_every_notice_has_its_example_above() -> None:
    kinds = {*notices.Notice.__subclasses__(), *notices.Answer.__subclasses__()} - {notices.Answer}
    ours = {
        kind for kind in kinds if kind.__module__ == notices.__name__
    }  # tests describe some in classes of their own
    assert {type(notice) for notice, _ in NOTICES.values()} == ours


def test_a_client_is_told_the_limits_that_hold() -> None:
    assert notices.Limits().text_chars == limits.MAX_TEXT_CHARS
