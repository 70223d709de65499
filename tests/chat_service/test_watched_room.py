"""One watched room: its members, and who of them its watchers know to be online."""

import pytest

from chat_service import watched_room
from chat_service.events import Ban, Event, Invite, Join, Leave, Remove
from chat_service.watched_room import WatchedRoom
from tests.chat_service.examples import ADA, BOB, stored
from tests.chat_service.watchers import ToldWatcher

EVE = "p-eve"


class Online:
    def __init__(self, *people: str) -> None:
        self.people = set(people)

    def among(self, people: set[str]) -> set[str]:
        return people & self.people


def loaded(*members: str, watcher: ToldWatcher | None = None) -> WatchedRoom:
    room = WatchedRoom("attic", public=False)
    if watcher:
        room.add(watcher)
    room.loaded(members)
    return room


def test_a_snapshot_tells_the_members_who_are_online_and_nobody_else() -> None:
    ada = ToldWatcher(ADA)
    room = loaded(ADA.id, BOB.id, watcher=ada)
    assert room.tell_presence(set(), Online(ADA.id, EVE).among) == 1
    assert ada.heard == [{"op": "presence", "room": "attic", "online": [ADA.id], "snapshot": True}]


def test_a_room_whose_members_are_not_known_yet_tells_nothing() -> None:
    ada = ToldWatcher(ADA)
    room = WatchedRoom("attic", public=False)
    room.add(ada)
    assert room.tell_presence({ADA.id}, Online(ADA.id).among) == 0
    assert ada.heard == []


def test_changes_follow_the_snapshot() -> None:
    ada = ToldWatcher(ADA)
    room = loaded(ADA.id, BOB.id, watcher=ada)
    online = Online(ADA.id)
    room.tell_presence(set(), online.among)
    online.people = {BOB.id, EVE}
    assert room.tell_presence({ADA.id, BOB.id, EVE}, online.among) == 1
    assert ada.heard[1:] == [{"op": "presence", "room": "attic", "online": [BOB.id], "offline": [ADA.id]}]


def test_a_great_many_are_told_in_several_frames_and_at_most_so_many_of_a_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_room, "MAX_IDS", 2)
    monkeypatch.setattr(watched_room, "MAX_SHOWN", 5)
    ada, crowd = ToldWatcher(ADA), [f"p-{number}" for number in range(6)]
    room = loaded(*crowd, watcher=ada)
    online = Online(*crowd)
    assert room.tell_presence(set(), online.among) == 3
    assert [(frame["online"], frame.get("snapshot")) for frame in ada.heard] == [
        (crowd[:2], True),
        (crowd[2:4], None),
        (crowd[4:5], None),
    ]
    online.people -= {"p-0", "p-1", "p-2"}
    room.tell_presence({"p-0", "p-1", "p-2"}, online.among)
    assert [(frame["online"], frame.get("offline")) for frame in ada.heard[3:]] == [
        (["p-5"], ["p-0", "p-1"]),
        ([], ["p-2"]),
    ]


def test_what_changed_back_within_a_moment_is_not_told() -> None:
    ada = ToldWatcher(ADA)
    room = loaded(ADA.id, BOB.id, watcher=ada)
    room.tell_presence(set(), Online(ADA.id).among)
    assert room.tell_presence({ADA.id, BOB.id}, Online(ADA.id).among) == 0


def test_who_begins_to_watch_gets_a_snapshot_and_the_others_the_change() -> None:
    ada, bob = ToldWatcher(ADA), ToldWatcher(BOB)
    room = loaded(ADA.id, BOB.id, watcher=ada)
    room.tell_presence(set(), Online(ADA.id).among)
    room.add(bob)
    assert room.tell_presence({BOB.id}, Online(ADA.id, BOB.id).among) == 2
    assert ada.heard[1:] == [{"op": "presence", "room": "attic", "online": [BOB.id]}]
    assert bob.heard == [{"op": "presence", "room": "attic", "online": [ADA.id, BOB.id], "snapshot": True}]


def test_a_frame_is_encoded_once_for_all_watchers() -> None:
    ada, bob = ToldWatcher(ADA), ToldWatcher(BOB)
    room = loaded(ADA.id, BOB.id, watcher=ada)
    room.add(bob)
    room.tell_presence(set(), Online(ADA.id).among)
    assert ada.outbox.frames[0] is bob.outbox.frames[0]


def test_the_rooms_events_change_who_is_a_member() -> None:
    room = loaded(ADA.id)
    events: list[Event] = [
        Join(id="a", author=BOB),
        Remove(id="b", author=ADA, person=BOB),
        Invite(id="c", author=ADA, person=BOB),
        Leave(id="d", author=ADA),
        stored(5),
    ]
    assert room.happened(events) == {ADA.id: False, BOB.id: True}  # type: ignore[arg-type]
    assert room.members == {BOB.id}
    room.happened([Ban(id="e", author=ADA, person=BOB)])
    assert room.members == set()


def test_a_new_member_who_is_online_is_told_of_and_one_who_left_as_gone() -> None:
    ada = ToldWatcher(ADA)
    room = loaded(ADA.id, watcher=ada)
    online = Online(ADA.id, BOB.id)
    room.tell_presence(set(), online.among)
    room.happened([Join(id="a", author=BOB)])
    room.tell_presence(set(), online.among)
    room.happened([Leave(id="b", author=BOB)])
    room.tell_presence(set(), online.among)
    assert [(frame["online"], frame.get("offline")) for frame in ada.heard[1:]] == [([BOB.id], None), ([], [BOB.id])]


def test_what_happened_while_the_members_were_read_is_not_forgotten() -> None:
    room = WatchedRoom("attic", public=False)
    room.happened([Join(id="a", author=BOB), Leave(id="b", author=ADA)])
    room.loaded([ADA.id])
    assert room.members == {BOB.id}


def test_what_was_not_settled_is_read_again_and_what_happened_meanwhile_stays_true() -> None:
    ada = ToldWatcher(ADA)
    room = WatchedRoom("attic", public=False)
    room.add(ada)
    online = Online(ADA.id, BOB.id, EVE)
    room.loaded([ADA.id, EVE], settled=False)
    room.tell_presence(set(), online.among)
    room.happened([Join(id="a", author=BOB), Leave(id="b", author=ADA)])
    room.loaded([ADA.id])  # as if written before the two, and after Eve had left
    room.tell_presence(set(), online.among)
    assert room.members == {BOB.id}
    assert [(frame["online"], frame.get("offline", [])) for frame in ada.heard] == [
        ([ADA.id, EVE], []),
        ([BOB.id], [ADA.id, EVE]),
    ]
