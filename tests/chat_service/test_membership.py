"""What events do to a room and to those in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_service.events import AnyEvent, Ban, ChangeRole, Create, Invite, Join, Leave, Mute, Remove, Rename, Unban
from chat_service.membership import DEPARTURES, ROOM_CHANGES, Change, Member, RoomRecord, apply, changes, merge, of_room
from tests.chat_service.examples import ADA, BOB, draft, stored

EVENTS: list[AnyEvent] = [
    Create(id="1", author=ADA, seq=1, at=1, name="garden", kind="public"),
    Join(id="2", author=BOB, seq=2, at=2),
    ChangeRole(id="3", author=ADA, seq=3, at=3, person=BOB, role="moderator"),
    Mute(id="4", author=ADA, seq=4, at=4, person=BOB, until=44),
    Remove(id="5", author=ADA, seq=5, at=5, person=BOB),
    Invite(id="6", author=ADA, seq=6, at=6, person=BOB),
    Ban(id="7", author=ADA, seq=7, at=7, person=BOB),
    Unban(id="8", author=ADA, seq=8, at=8, person=BOB),
    Join(id="9", author=BOB, seq=9, at=9),
    Rename(id="10", author=ADA, seq=10, at=10, name="orchard"),
]


def fold(events: list[AnyEvent]) -> tuple[RoomRecord, Member]:
    """The room, and how Bob stands in it."""
    room, bob = RoomRecord(id="r"), Member(room="r", person=BOB.id)
    for event in of_room(events):
        for change in changes(event):
            if change.person is None:
                room = apply(room, change)
            elif change.person == BOB.id:
                bob = apply(bob, change)
    return room, bob


@pytest.mark.parametrize(
    ("up_to", "inside", "role"),
    [
        (1, False, "member"),
        (2, True, "member"),
        (3, True, "moderator"),
        (5, False, "member"),
        (6, True, "member"),
        (7, False, "member"),
        (8, False, "member"),
        (9, True, "member"),
    ],
)
def test_somebody_stands_as_the_last_event_that_concerns_them_says(up_to: int, inside: bool, role: str) -> None:
    _, bob = fold(EVENTS[:up_to])
    assert (bob.inside, bob.role) == (inside, role)


def test_being_muted_outlasts_a_departure() -> None:
    assert fold(EVENTS)[1].muted_until == 44


@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=5))
def test_in_whatever_order_and_however_often_it_comes_to_the_same(order: list[AnyEvent], again: list[AnyEvent]) -> None:
    assert fold(order + again) == fold(EVENTS)


@given(st.sets(st.sampled_from(range(10))), st.sets(st.sampled_from(range(10))))
def test_two_who_know_different_parts_know_it_all_between_them(ours: set[int], theirs: set[int]) -> None:
    (room, bob), (other_room, other_bob) = (fold([EVENTS[number] for number in known]) for known in (ours, theirs))
    expected = fold([EVENTS[number] for number in ours | theirs])
    assert (merge(room, other_room), merge(bob, other_bob)) == expected


def test_what_changes_nothing_is_the_same_record() -> None:
    bob = apply(Member(room="r", person=BOB.id), Change(BOB.id, 5, {"role": "owner"}))
    assert apply(bob, Change(BOB.id, 4, {"role": "member"})) is bob
    assert apply(bob, Change(BOB.id, 5, {"role": "member"})) is bob


def test_all_people_of_a_conversation_are_members_and_none_owns_it() -> None:
    room, *people = changes(Create(id="1", author=ADA, seq=1, name="", kind="direct", people=[ADA, BOB]))
    assert room.person is None
    assert [(change.person, change.values["role"]) for change in people] == [(ADA.id, "member"), (BOB.id, "member")]


def test_messages_change_no_room() -> None:
    assert of_room([draft(), stored(1)]) == []


def test_departures_are_changes_of_rooms() -> None:
    assert set(DEPARTURES) < set(ROOM_CHANGES)
    assert Leave in DEPARTURES
