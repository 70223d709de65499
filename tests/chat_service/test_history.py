"""Pages: what is on them, what is before and after, and how it all is by then."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat_service import commands, page_bounds
from chat_service.errors import Invalid, Unavailable, UnknownMessage, UnknownRoom
from chat_service.events import AnyEvent, Join, Message, MessageChange
from chat_service.notices import Page
from chat_service.timeline import Entry, FoldedMessage, fold, fold_run
from tests.chat_service.examples import ADA, BOB, seqs
from tests.chat_service.histories import logs
from tests.chat_service.in_memory import LOBBY, Service, Somebody

ROOM = "meadow"


Reading = type[commands.History | commands.Fetch | commands.Thread | commands.Pins]


async def page(somebody: Somebody, kind: Reading = commands.History, /, **fields: Any) -> Page:
    answer = await somebody.ask(kind(**{"id": "h", "room": LOBBY, **fields}))
    assert isinstance(answer, Page)
    return answer


async def talk(ada: Somebody, length: int) -> list[int]:
    """Messages in the lobby, with a reaction after each; returns their seqs."""
    said = [await ada.say(f"text {number}", f"t-{number}") for number in range(length)]
    for one in said:
        await ada.do(commands.AddReaction, room=LOBBY, target=one.seq, emoji="👍")
    return [one.seq or 0 for one in said]


@pytest.mark.parametrize("open_here", [True, False])
async def test_the_newest_page_is_the_same_from_memory_and_from_the_store(
    ada: Somebody, service: Service, open_here: bool
) -> None:
    said = await talk(ada, 5)
    if open_here:
        await service.assembly._recent.open(LOBBY)
    newest = await page(ada, limit=3)
    assert seqs(newest.events) == said[-3:]
    assert (newest.as_of, newest.more, newest.more_after) == (await service.memory.head(LOBBY), True, False)
    assert all(isinstance(entry, FoldedMessage) and entry.reactions for entry in newest.events)


async def test_a_page_before_and_one_after_tell_what_there_is_on_both_sides(ada: Somebody) -> None:
    said = await talk(ada, 5)
    before = await page(ada, before=said[3], limit=2)
    assert (seqs(before.events), before.more, before.more_after) == (said[1:3], True, True)
    last = await page(ada, before=said[-1] + 1, limit=2)
    assert (seqs(last.events), last.more, last.more_after) == (said[-2:], True, False)
    first = await page(ada, before=said[0], limit=5)
    assert (first.more, first.more_after) == (False, True)
    after = await page(ada, after=said[0], limit=2)
    assert (seqs(after.events), after.more, after.more_after) == (said[1:3], True, True)
    end = await page(ada, after=said[2], limit=2)
    assert (seqs(end.events), end.more, end.more_after) == (said[3:], True, False)
    all_of_it = await page(ada, after=0, limit=50)
    assert (all_of_it.events[0].seq, all_of_it.more, all_of_it.more_after) == (1, False, False)
    nothing = await page(ada, after=999)
    assert (nothing.events, nothing.more, nothing.more_after) == ([], True, False)


async def test_a_page_around_a_message_has_it_and_its_neighbours(ada: Somebody) -> None:
    said = await talk(ada, 7)
    around = await page(ada, around=said[3], limit=4)
    assert (seqs(around.events), around.more, around.more_after) == (said[2:6], True, True)
    one = await page(ada, around=said[3], limit=1)
    assert seqs(one.events) == [said[3]]
    last = await page(ada, around=said[-1], limit=4)
    assert (seqs(last.events), last.more_after) == (said[-2:], False)
    beyond = await page(ada, around=9999, limit=4)
    assert seqs(beyond.events) == said[-2:]


async def test_a_page_is_asked_for_in_one_way(ada: Somebody) -> None:
    for fields in ({"before": 3, "after": 1}, {"after": 1, "around": 2}, {"before": 1, "around": 2, "after": 0}):
        with pytest.raises(Invalid) as refused:
            await page(ada, **fields)
        assert refused.value.field in fields


async def test_a_raw_page_is_the_logs_own_events(ada: Somebody, service: Service) -> None:
    said = await talk(ada, 3)
    head = await service.memory.head(LOBBY)
    whole = await service.memory.after(LOBBY, 0, 99)
    newest = await page(ada, raw=True, limit=4)
    assert (newest.events, newest.as_of, newest.more, newest.more_after) == (whole[-4:], head, True, False)
    after = await page(ada, raw=True, after=said[0], limit=3)
    assert seqs(after.events) == [said[0] + 1, said[0] + 2, said[0] + 3]
    assert (after.more, after.more_after) == (True, True)
    around = await page(ada, raw=True, around=said[0], limit=4)
    assert seqs(around.events) == [said[0] - 1, said[0], said[0] + 1, said[0] + 2]
    everything = await page(ada, raw=True, before=head + 1, limit=99)
    assert (everything.events, everything.more, everything.more_after) == (whole, False, False)


async def test_single_messages_are_fetched_and_what_is_not_there_is_left_out(ada: Somebody) -> None:
    said = await talk(ada, 3)
    found = await page(ada, commands.Fetch, seqs=[said[2], said[0], 1, 999, said[0] + 99])
    assert seqs(found.events) == [said[0], said[2]]


async def test_a_thread_has_its_root_and_its_replies(ada: Somebody) -> None:
    root = await ada.say("root", "root")
    replies = [
        (await ada.do(commands.Send, room=LOBBY, text=f"re {number}", reply_to=root.seq)).seq for number in range(4)
    ]
    await ada.do(commands.EditMessage, room=LOBBY, target=replies[0], text="better")
    first = await page(ada, commands.Thread, root=root.seq, limit=2)
    assert (seqs(first.events), first.more_after) == ([root.seq, *replies[:2]], True)
    entries = [entry for entry in first.events if isinstance(entry, FoldedMessage)]
    assert (entries[0].replies, entries[1].text) == (4, "better")
    rest = await page(ada, commands.Thread, root=root.seq, after=replies[1], limit=2)
    assert (seqs(rest.events), rest.more_after) == ([root.seq, *replies[2:]], False)
    for other in (1, 999):
        with pytest.raises(UnknownMessage) as refused:
            await page(ada, commands.Thread, root=other)
        assert refused.value.field == "root"


async def test_a_thread_goes_on_when_its_root_is_deleted(ada: Somebody) -> None:
    root = await ada.say("root", "root")
    reply = await ada.do(commands.Send, room=LOBBY, text="re", reply_to=root.seq)
    await ada.do(commands.DeleteMessage, room=LOBBY, target=root.seq)
    further = await ada.do(commands.Send, room=LOBBY, text="re re", reply_to=reply.seq)
    thread = await page(ada, commands.Thread, root=root.seq)
    assert seqs(thread.events) == [root.seq, reply.seq, further.seq]
    assert isinstance(thread.events[0], FoldedMessage)
    assert (thread.events[0].erased, thread.events[0].replies) == (True, 2)


async def test_whoever_is_not_in_a_room_reads_nothing_of_it(ada: Somebody, service: Service) -> None:
    room = await ada.create(kind="private")
    said = await ada.say(room=room)
    bob = await service.somebody(BOB)
    for kind, fields in (
        (commands.History, {}),
        (commands.Fetch, {"seqs": [said.seq]}),
        (commands.Thread, {"root": said.seq}),
        (commands.Pins, {}),
    ):
        with pytest.raises(UnknownRoom):
            await page(bob, kind, room=room, **fields)


async def test_without_the_store_a_page_is_unavailable(ada: Somebody, service: Service) -> None:
    service.events.down = True
    with pytest.raises(Unavailable):
        await page(ada, before=5)


async def test_what_is_missed_comes_from_memory_where_it_is_there(ada: Somebody, service: Service) -> None:
    await talk(ada, 3)
    head = await service.assembly._recent.open(LOBBY)
    reads = service.events.reads
    missed = await service.replica.history.since(LOBBY, 2, head - 1)
    assert seqs(missed) == list(range(3, head))
    assert service.events.reads == reads
    service.assembly._recent.close(LOBBY)
    assert await service.replica.history.since(LOBBY, 2, head - 1) == missed
    assert service.events.reads == reads + 1


async def test_many_who_missed_the_same_are_answered_by_few_reads(ada: Somebody, service: Service) -> None:
    await talk(ada, 2)
    before = service.events.reads
    since = service.replica.history.since
    answers = await asyncio.gather(*(since(LOBBY, 2, 5) for _ in range(500)))
    assert all(seqs(answer) == [3, 4, 5] for answer in answers)
    assert service.events.reads - before <= 2


def as_client(page: Page, live: list[AnyEvent]) -> list[Entry]:
    """What a client has, that got a page and then these events."""
    entries = {entry.seq: entry for entry in msgspec.json.decode(msgspec.json.encode(page.events), type=list[Entry])}
    for event in live:
        if event.seq <= page.as_of:
            continue
        changed = event.target if isinstance(event, MessageChange) else getattr(event, "thread", None)
        if isinstance(before := entries.get(changed or 0), FoldedMessage) and isinstance(
            event, MessageChange | Message
        ):
            entries[before.seq] = fold(before, event)
    return list(entries.values())


@given(events=logs(), number=st.integers(0, 2**62), data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_page_with_what_follows_is_what_folding_everything_makes(
    ada: Somebody, events: list[AnyEvent], number: int, data: st.DataObject
) -> None:
    service = ada.service
    room = f"room-{number}"
    first = Join(id="j", author=ADA, seq=1, at=1)
    events = [first, *(msgspec.structs.replace(event, **moved(event)) for event in events)]
    so_far = data.draw(st.integers(1, len(events)))
    service.logs[room] = events[:so_far]
    service.replica.access.member = anybody  # type: ignore[method-assign,assignment]  # who may read is another test's matter
    way = data.draw(st.sampled_from(["before", "after", "around", None]))
    fields = {way: data.draw(st.integers(0, 20))} if way else {}
    shown = await page(ada, room=room, limit=data.draw(st.integers(1, 20)), **fields)
    expected = [entry for entry in fold_run(events) if entry.seq in seqs(shown.events)]
    assert msgspec.json.encode(as_client(shown, events[so_far:])) == msgspec.json.encode(expected)


def moved(event: AnyEvent) -> dict[str, object]:
    """The event one place further on."""
    fields: dict[str, object] = {"seq": event.seq + 1}
    for field in ("target", "thread", "reply_to"):
        if (seq := getattr(event, field, None)) is not None:
            fields[field] = seq + 1
    return fields


async def anybody(*_: object) -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize("asked", [{}, {"before": 99}, {"after": 0}, {"around": 5}, {"raw": True}])
async def test_a_page_that_is_too_heavy_is_cut_and_says_that_there_is_more(
    ada: Somebody, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    for number in range(8):
        await ada.say("Hi", f"m-{number}")
    whole = seqs((await page(ada, **asked)).events)
    monkeypatch.setattr(page_bounds, "MAX_PAGE_BYTES", 3 * 1000)
    cut = await page(ada, **asked)
    assert 0 < len(cut.events) < len(whole)
    read = seqs(cut.events)
    if "around" in asked:
        assert 5 in read
    assert cut.more is (read[0] > whole[0])
    assert cut.more_after is (read[-1] < whole[-1])
