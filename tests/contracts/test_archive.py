"""The promises of chat_service/archive.py about what is read, which every archive keeps."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat_service import archive_mongo
from chat_service.archive import MAX_COUNTED, MAX_LOOKED_THROUGH
from chat_service.archive_memory import MemoryArchive
from chat_service.events import AnyEvent, Delete, Edit, Message
from chat_service.timeline import fold_all
from tests.chat_service.examples import ADA, BOB, seqs
from tests.chat_service.histories import changes_of, counted_naively, event, logs, said
from tests.contracts.conversation import CY, ROOM, Kept, conversation, keep


@pytest.mark.parametrize(
    ("seq", "limit", "expected"),
    [(None, 3, [6, 8, 9]), (None, 99, [1, 2, 3, 6, 8, 9]), (8, 2, [3, 6]), (5, 1, [3]), (1, 5, []), (99, 1, [9])],
)
async def test_a_page_before_a_number_has_what_has_a_place_of_its_own(
    kept: Kept, seq: int | None, limit: int, expected: list[int]
) -> None:
    events = await keep(kept)
    found = await kept.archive.before(ROOM, seq, limit)
    assert found == [events[number - 1] for number in expected]


@pytest.mark.parametrize(
    ("seq", "limit", "expected"), [(0, 2, [1, 2]), (3, 2, [6, 8]), (9, 5, []), (0, 99, [1, 2, 3, 6, 8, 9])]
)
async def test_a_page_after_a_number_has_what_has_a_place_of_its_own(
    kept: Kept, seq: int, limit: int, expected: list[int]
) -> None:
    await keep(kept)
    assert seqs(await kept.archive.after(ROOM, seq, limit)) == expected


async def test_events_are_found_by_their_numbers(kept: Kept) -> None:
    events = await keep(kept)
    assert await kept.archive.at(ROOM, [10, 3, 99]) == [events[2], events[9]]
    assert await kept.archive.at("nowhere", [3]) == []


async def test_changes_are_those_of_the_messages_asked_for_up_to_a_number(kept: Kept) -> None:
    events = await keep(kept)
    assert seqs(await kept.archive.changes(ROOM, [2, 3], 7)) == [4, 5, 7]
    assert seqs(await kept.archive.changes(ROOM, [3], 6)) == [5]
    assert await kept.archive.changes(ROOM, [2], 99) == [events[3], events[9]]
    assert await kept.archive.changes(ROOM, [8], 99) == []
    assert await kept.archive.changes("nowhere", [2], 99) == []


async def test_changes_are_counted_up_to_a_limit(kept: Kept) -> None:
    await keep(kept)
    assert await kept.archive.count_changes(ROOM, 3, 9) == 2
    assert await kept.archive.count_changes(ROOM, 3, 1) == 1
    assert await kept.archive.count_changes(ROOM, 8, 9) == 0


async def test_of_several_edits_the_last_has_its_text(kept: Kept) -> None:
    events = await keep(kept)
    first, last = await kept.archive.changes(ROOM, [3], 99)
    assert isinstance(first, Edit)
    assert (first.text, first.mentions) == ("", ())
    assert last == events[6]
    assert await kept.archive.changes(ROOM, [3], 5) == [events[4]]


async def test_folding_what_is_found_is_folding_everything(kept: Kept) -> None:
    events = await keep(kept)
    message = events[2]
    assert isinstance(message, Message)
    found = await kept.archive.changes(ROOM, [3], 99)
    assert fold_all(message, found) == fold_all(message, changes_of(events[4:7:2]))


async def test_replies_are_counted_by_thread_up_to_a_number(kept: Kept) -> None:
    await keep(kept)
    assert await kept.archive.replies(ROOM, [2, 3, 8], 99) == {2: 2}
    assert await kept.archive.replies(ROOM, [2], 8) == {2: 1}
    assert await kept.archive.replies(ROOM, [2], 7) == {}
    assert await kept.archive.replies(ROOM, [], 99) == {}


@pytest.mark.parametrize("all_at_once", [50, 5000])
async def test_long_threads_are_counted_up_to_a_limit(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, all_at_once: int
) -> None:
    monkeypatch.setattr(archive_mongo, "MAX_THREAD_KEYS", all_at_once)
    await keep(
        kept, [said(1), said(2), *(said(seq, reply_to=1, thread=1) for seq in range(3, 1203)), said(1203, thread=2)]
    )
    assert await kept.archive.replies(ROOM, [1, 2], 9999) == {1: MAX_COUNTED, 2: 1}


async def test_a_thread_is_read_in_pages(kept: Kept) -> None:
    events = await keep(kept)
    assert await kept.archive.thread(ROOM, 2, 0, 9) == [events[7], events[8]]
    assert seqs(await kept.archive.thread(ROOM, 2, 0, 1)) == [8]
    assert seqs(await kept.archive.thread(ROOM, 2, 8, 9)) == [9]
    assert await kept.archive.thread(ROOM, 3, 0, 9) == []


async def test_unread_are_the_messages_of_others_above_the_marker(kept: Kept) -> None:
    await keep(kept)
    assert await kept.archive.unread(ROOM, ADA.id, 0) == (3, 1)
    assert await kept.archive.unread(ROOM, ADA.id, 3) == (2, 0)
    assert await kept.archive.unread(ROOM, ADA.id, 9) == (0, 0)
    assert await kept.archive.unread(ROOM, CY.id, 0) == (3, 1)
    assert await kept.archive.unread(ROOM, "p-nobody", 0) == (4, 0)
    assert await kept.archive.unread("nowhere", ADA.id, 0) == (0, 0)


async def test_a_mention_counts_as_the_last_edit_has_it(kept: Kept) -> None:
    await keep(
        kept,
        [
            said(1, BOB, mentions=["p-ada"]),
            said(2, BOB),
            event(Edit, 3, BOB, target=1, text="nobody"),
            event(Edit, 4, BOB, target=2, text="@Ada", mentions=["p-ada"]),
            event(Edit, 5, BOB, target=2, text="@Ada!", mentions=["p-ada"]),
        ],
    )
    assert await kept.archive.unread(ROOM, ADA.id, 0) == (2, 1)
    assert await kept.archive.unread(ROOM, ADA.id, 1) == (1, 1)


async def test_deleted_messages_are_not_unread(kept: Kept) -> None:
    events = await keep(kept, [*conversation(), event(Delete, 11, CY, target=3)])
    await kept.archive.settle(ROOM, changes_of(events))
    assert await kept.archive.unread(ROOM, ADA.id, 0) == (2, 0)


async def test_more_than_a_thousand_are_told_as_a_thousand(kept: Kept) -> None:
    await keep(kept, [said(seq, BOB, mentions=["p-ada"]) for seq in range(1, 1202)])
    assert await kept.archive.unread(ROOM, ADA.id, 100) == (MAX_COUNTED, MAX_COUNTED)
    assert await kept.archive.unread(ROOM, ADA.id, 1101) == (100, 100)


async def test_unread_are_looked_for_among_the_newest(kept: Kept) -> None:
    await keep(kept, [said(1, BOB), said(2, BOB), *(said(seq, ADA) for seq in range(3, MAX_LOOKED_THROUGH + 2))])
    assert await kept.archive.unread(ROOM, ADA.id, 0) == (1, 0)


@given(logs(), st.integers(0, 20))
async def test_what_is_unread_in_memory_is_what_folding_everything_tells(events: list[AnyEvent], marker: int) -> None:
    archive = MemoryArchive({ROOM: list(events)})
    await archive.settle(ROOM, changes_of(events))
    assert await archive.unread(ROOM, ADA.id, marker) == counted_naively(events, ADA.id, marker)


@given(events=logs(), marker=st.integers(0, 20), number=st.integers(0, 2**62))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_both_archives_tell_the_same(kept: Kept, events: list[AnyEvent], marker: int, number: int) -> None:
    room = f"room-{number}"
    memory = MemoryArchive({room: list(events)})
    if await kept.store.head(room):  # the same example again
        return
    await kept.store.append(room, events)
    for archive in (memory, kept.archive):
        await archive.settle(room, changes_of(events))
    targets = [event.seq for event in events if isinstance(event, Message)]
    for person in (ADA, BOB):
        assert await kept.archive.unread(room, person.id, marker) == await memory.unread(room, person.id, marker)
    assert await kept.archive.changes(room, targets, marker) == await memory.changes(room, targets, marker)
    assert await kept.archive.replies(room, targets, marker) == await memory.replies(room, targets, marker)
    assert await kept.archive.before(room, marker, 5) == await memory.before(room, marker, 5)
    assert await kept.archive.after(room, marker, 5) == await memory.after(room, marker, 5)
    assert set(await memory.pinned(room, 50)) <= set(await kept.archive.pinned(room, 50)) | {
        event.seq for event in events if isinstance(event, Message)
    }


async def test_what_a_person_did_in_a_room_comes_by_its_ids_page_after_page(kept: Kept) -> None:
    events = await keep(kept)
    theirs = sorted(event.id for event in events if event.author == BOB)
    first = await kept.archive.by_author(ROOM, BOB.id, "", 2)
    rest = await kept.archive.by_author(ROOM, BOB.id, first[-1].id, 100)
    assert [event.id for event in first + rest] == theirs
    assert await kept.archive.by_author(ROOM, "p-nobody", "", 10) == []
