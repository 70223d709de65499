"""The promises of chat_service/archive.py about what is pinned, erased or renamed, which every archive keeps."""

import pytest

from chat_service import archive_mongo
from chat_service.events import AnyEvent, Create, Delete, Edit, Invite, Message, Person, Pin, React, Unpin
from tests.chat_service.examples import ADA, BOB, seqs
from tests.chat_service.histories import changes_of, event, said
from tests.contracts.conversation import CY, ROOM, SECRET, Kept, conversation, keep


async def test_pins_are_known_before_and_after_they_are_settled(kept: Kept) -> None:
    events = await keep(kept)
    assert await kept.archive.pinned(ROOM, 5) == [2]
    await kept.archive.settle(ROOM, changes_of(events))
    assert await kept.archive.pinned(ROOM, 5) == [2]
    assert await kept.archive.pinned("nowhere", 5) == []


async def test_a_pin_is_found_however_many_came_and_went_since(kept: Kept) -> None:
    events: list[AnyEvent] = [said(1), said(2), event(Pin, 3, target=1)]
    for seq in range(4, 44, 2):
        events += [event(Pin, seq, target=2), event(Unpin, seq + 1, target=2)]
    await keep(kept, events)
    await kept.archive.settle(ROOM, changes_of(events))
    assert 1 in await kept.archive.pinned(ROOM, 5)


async def test_settling_in_any_order_and_again_comes_out_the_same(kept: Kept) -> None:
    events: list[AnyEvent] = [said(1), event(Pin, 2, target=1), event(Unpin, 3, target=1), *map(said, range(4, 20))]
    events += [event(Pin, seq, target=seq - 16) for seq in range(20, 36)]
    await keep(kept, events)
    changes = changes_of(events)
    for order in (changes, changes[::-1], changes):
        for change in order:
            await kept.archive.settle(ROOM, [change])
    assert set(await kept.archive.pinned(ROOM, 16)) == set(range(4, 20))


async def test_a_deleted_text_is_erased_with_all_its_edits_and_nothing_else(kept: Kept) -> None:
    events = await keep(kept, [*conversation(), event(Delete, 11, CY, target=3)])
    await kept.archive.settle(ROOM, changes_of(events[-1:]))
    now = await kept.store.after(ROOM, 0, 99)
    assert SECRET not in repr(now)
    for number, (before, after) in enumerate(zip(events, now, strict=True), 1):
        if number in {3, 5, 7}:
            assert isinstance(after, Message | Edit)
            assert (after.text, after.html, after.mentions, after.erased) == ("", "", (), True)
            assert (after.seq, after.id, after.author, after.at) == (before.seq, before.id, before.author, before.at)
        else:
            assert after == before
    await kept.archive.settle(ROOM, changes_of(events))
    assert await kept.store.after(ROOM, 0, 99) == now


async def test_an_edit_that_came_after_the_deletion_is_erased_too(kept: Kept) -> None:
    late = event(Edit, 12, BOB, target=3, text=SECRET)
    events = await keep(kept, [*conversation(), event(Delete, 11, CY, target=3), late])
    await kept.archive.settle(ROOM, changes_of(events[-1:]))
    assert SECRET not in repr(await kept.store.after(ROOM, 0, 99))


async def test_an_edit_of_a_message_that_is_there_stays(kept: Kept) -> None:
    events = await keep(kept)
    await kept.archive.settle(ROOM, changes_of(events))
    assert await kept.store.after(ROOM, 0, 99) == events


async def test_an_erased_event_keeps_its_key(kept: Kept) -> None:
    events = await keep(kept, [*conversation(), event(Delete, 11, BOB, target=3)])
    await kept.archive.settle(ROOM, changes_of(events[-1:]))
    (found,) = await kept.store.find(ROOM, [(BOB.id, "e-3")])
    assert found.seq == 3
    again = Message(id="e-3", author=BOB, seq=12, text="again")
    assert await kept.store.append(ROOM, [again]) == 0


async def test_all_texts_of_a_person_can_be_erased(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_mongo, "BATCH_TEXTS", 2)
    await keep(kept)
    await kept.store.append("attic", [said(1, BOB, SECRET), said(2, ADA, "stays")])
    assert await kept.archive.erase_author(BOB.id) == 5
    assert SECRET not in repr([await kept.store.after(ROOM, 0, 99), await kept.store.after("attic", 0, 9)])
    assert seqs(await kept.store.after(ROOM, 0, 99)) == list(range(1, 11))
    assert (await kept.store.after("attic", 1, 1)) == [said(2, ADA, "stays")]
    assert await kept.archive.erase_author(BOB.id) == 0


async def test_a_person_can_stand_everywhere_by_another_name(kept: Kept) -> None:
    made = event(Create, 1, BOB, name="", kind="direct", people=[ADA, BOB])
    await keep(
        kept,
        [
            made,
            said(2, BOB),
            said(3, ADA),
            event(Invite, 4, ADA, person=BOB),
            event(React, 5, BOB, target=2, emoji="👍"),
        ],
    )
    await kept.archive.rename_author(BOB.id, "deleted person")
    now = await kept.store.after(ROOM, 0, 99)
    assert "Bob" not in repr(now)
    assert {person.name for event in now for person in [event.author] if person.id == ADA.id} == {"Ada"}
    assert isinstance(created := now[0], Create)
    assert list(created.people) == [ADA, Person(BOB.id, "deleted person")]
