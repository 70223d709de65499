"""The promises of chat_service/store.py, which every store keeps."""

import asyncio
import itertools
from collections.abc import Sequence

import pytest

from chat_service.events import AnyEvent, Join, Leave, Person
from chat_service.store import EventStore
from tests.chat_service.examples import ADA, BOB, draft, log_of, seqs, stored

ROOM = "lobby"
OTHER = "attic"
TEXTS = {
    "astral": "😀" * 4000,
    "right to left": "שלום \u202eabc\u202c \u200f",
    "combining": "e\u0301 é Å \u0c15\u0c4d\u0c37",
    "joined emoji": "👩‍👩‍👧‍👦 🏳️‍🌈",
    "markup": "<script>alert('x')</script> &amp; **bold** `$ne`",
    "operators": '{"$where": "1"} $set a.b',
    "line breaks": "one\n\ttwo\u2028three\n",
    "a plane's last": "\uffff\U0010ffff\ufeff",
}


async def write(store: EventStore, length: int) -> list[AnyEvent]:
    events = log_of(length)
    assert await store.append(ROOM, events) == length
    return events


async def test_events_are_stored_as_given_and_in_order(event_store: EventStore) -> None:
    events: list[AnyEvent] = [stored(1), Join(id="j", author=BOB, seq=2, at=5), stored(3, BOB)]
    assert await event_store.append(ROOM, events) == 3
    assert await event_store.after(ROOM, 0, 10) == events


async def test_a_batch_follows_the_one_before(event_store: EventStore) -> None:
    await write(event_store, 2)
    assert await event_store.append(ROOM, [stored(3), stored(4)]) == 2
    assert await event_store.after(ROOM, 0, 10) == log_of(4)


async def test_an_append_stops_at_a_taken_number(event_store: EventStore) -> None:
    await write(event_store, 2)
    late = [draft("x", BOB), draft("y", BOB)]
    numbered = [Join(id=event.id, author=BOB, seq=seq) for seq, event in enumerate(late, 2)]
    assert await event_store.append(ROOM, numbered) == 0
    assert await event_store.after(ROOM, 0, 10) == log_of(2)


async def test_an_append_stops_at_an_event_stored_before_and_leaves_out_what_follows(event_store: EventStore) -> None:
    await write(event_store, 2)
    again = Join(id="m-2", author=ADA, seq=4)
    assert await event_store.append(ROOM, [stored(3), again, stored(5)]) == 1
    assert await event_store.after(ROOM, 0, 10) == log_of(3)


async def test_an_event_is_not_stored_twice_within_one_batch(event_store: EventStore) -> None:
    assert await event_store.append(ROOM, [stored(1), Join(id="m-1", author=ADA, seq=2)]) == 1
    assert await event_store.head(ROOM) == 1


async def test_an_id_is_its_authors_own(event_store: EventStore) -> None:
    await write(event_store, 1)
    assert await event_store.append(ROOM, [Join(id="m-1", author=BOB, seq=2)]) == 1


async def test_an_id_is_remembered_in_its_room_only(event_store: EventStore) -> None:
    await write(event_store, 1)
    assert await event_store.append(OTHER, log_of(1)) == 1


async def test_rooms_count_for_themselves(event_store: EventStore) -> None:
    await write(event_store, 3)
    await event_store.append(OTHER, log_of(1))
    assert (await event_store.head(ROOM), await event_store.head(OTHER)) == (3, 1)
    assert await event_store.after(OTHER, 0, 10) == log_of(1)


async def test_found_are_those_that_are_stored_ascending(event_store: EventStore) -> None:
    events = await write(event_store, 4)
    keys = [(ADA.id, "m-4"), (ADA.id, "none"), (BOB.id, "m-1"), (ADA.id, "m-2")]
    assert await event_store.find(ROOM, keys) == [events[1], events[3]]


async def test_found_are_those_of_the_room(event_store: EventStore) -> None:
    await write(event_store, 1)
    assert await event_store.find(OTHER, [(ADA.id, "m-1")]) == []


async def test_nothing_asked_for_is_nothing_found(event_store: EventStore) -> None:
    await write(event_store, 1)
    assert await event_store.find(ROOM, []) == []


async def test_heads_are_those_of_the_rooms_asked_for(event_store: EventStore) -> None:
    await event_store.append(ROOM, log_of(3))
    await event_store.append(OTHER, log_of(1))
    assert await event_store.heads([ROOM, OTHER, "nowhere"]) == {ROOM: 3, OTHER: 1}
    assert await event_store.heads([OTHER]) == {OTHER: 1}
    assert await event_store.heads([]) == {}


async def test_the_head_of_an_unknown_room_is_nought(event_store: EventStore) -> None:
    assert await event_store.head("nowhere") == 0


async def test_an_unknown_room_has_no_events(event_store: EventStore) -> None:
    assert await event_store.after("nowhere", 0, 10) == []
    assert await event_store.before("nowhere", None, 10) == []


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [(0, 3, [1, 2, 3]), (3, 3, [4, 5]), (4, 1, [5]), (5, 3, []), (99, 3, []), (0, 99, [1, 2, 3, 4, 5])],
)
async def test_a_page_after_a_number(event_store: EventStore, seq: int, limit: int, expected: Sequence[int]) -> None:
    await write(event_store, 5)
    assert seqs(await event_store.after(ROOM, seq, limit)) == expected


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [
        (None, 2, [4, 5]),
        (None, 99, [1, 2, 3, 4, 5]),
        (5, 2, [3, 4]),
        (3, 99, [1, 2]),
        (2, 1, [1]),
        (1, 3, []),
        (0, 3, []),
        (6, 2, [4, 5]),
        (2**53 - 1, 2, [4, 5]),
    ],
)
async def test_a_page_before_a_number(
    event_store: EventStore, seq: int | None, limit: int, expected: Sequence[int]
) -> None:
    await write(event_store, 5)
    assert seqs(await event_store.before(ROOM, seq, limit)) == expected


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_comes_back_verbatim(event_store: EventStore, text: str) -> None:
    event = stored(1, Person("p-ada", "Ada\u202e 😀"), text)
    await event_store.append(ROOM, [event])
    assert await event_store.after(ROOM, 0, 1) == [event]


@pytest.mark.parametrize("at", [0, 1, 2**31, 2**53 - 1])
async def test_a_time_comes_back_as_it_was(event_store: EventStore, at: int) -> None:
    event = Join(id="j", author=ADA, seq=1, at=at)
    await event_store.append(ROOM, [event])
    (found,) = await event_store.after(ROOM, 0, 1)
    assert found.at == at


async def test_writers_that_race_leave_no_hole_and_no_event_out(event_store: EventStore) -> None:
    async def write_all(author: Person) -> None:
        for number in range(20):
            for _ in itertools.count():
                seq = await event_store.head(ROOM) + 1
                if await event_store.append(ROOM, [Join(id=f"j-{number}", author=author, seq=seq)]):
                    break

    authors = [Person(f"p-{number}", "Somebody") for number in range(4)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(write_all(author) for author in authors))
    events = await event_store.after(ROOM, 0, 1000)
    assert seqs(events) == list(range(1, 81))
    assert {event.key for event in events} == {(author.id, f"j-{n}") for author in authors for n in range(20)}


async def test_of_several_that_want_one_number_one_gets_it(event_store: EventStore) -> None:
    wanting = [[Join(id="j", author=Person(f"p-{n}", "Somebody"), seq=1)] for n in range(8)]
    got = await asyncio.gather(*(event_store.append(ROOM, events) for events in wanting))
    assert sorted(got) == [0] * 7 + [1]


async def test_changes_are_those_of_the_room_and_its_members(event_store: EventStore) -> None:
    join, leave = Join(id="j", author=BOB, seq=2, at=5), Leave(id="l", author=BOB, seq=4, at=6)
    events: list[AnyEvent] = [stored(1), join, stored(3), leave, stored(5)]
    await event_store.append(ROOM, events)
    assert await event_store.changes(ROOM, 0, 10) == [join, leave]
    assert await event_store.changes(ROOM, 0, 1) == [join]
    assert await event_store.changes(ROOM, 2, 10) == [leave]
    assert await event_store.changes(ROOM, 4, 10) == []
    assert await event_store.changes(OTHER, 0, 10) == []
