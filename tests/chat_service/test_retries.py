"""The same request again: the same answer, whatever became possible or impossible since."""

import pytest

from chat_service import commands
from chat_service.archive_memory import Logs
from chat_service.errors import Archived, Unavailable
from chat_service.events import AnyEvent, Delete, Message
from chat_service.notices import Ok
from chat_service.retries import Retries
from chat_service.store_memory import MemoryEventStore
from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA, BOB, stored
from tests.chat_service.faulty_store import FaultyArchive, FaultyEventStore

pytestmark = pytest.mark.virtual_time

DELETION = Delete(id="m-2", author=ADA, seq=2, at=7, target=1)
AGAIN = commands.DeleteMessage(id="m-2", room="lobby", target=1)


@pytest.fixture
def logs() -> Logs:
    return {"lobby": [stored(1), DELETION]}


@pytest.fixture
def retries(logs: Logs) -> Retries:
    return Retries(MemoryEventStore(logs), FaultyArchive(logs))


async def refuse() -> AnyEvent:
    raise Archived


async def do_without() -> AnyEvent:
    raise Unavailable


async def succeed() -> AnyEvent:
    return DELETION


async def test_what_is_stored_is_answered(retries: Retries) -> None:
    assert await retries.answer(Visitor(ADA), AGAIN, succeed()) == Ok(id="m-2", seq=2, at=7)


async def test_what_can_not_be_done_any_more_is_answered_as_when_it_was_done(retries: Retries) -> None:
    assert await retries.answer(Visitor(ADA), AGAIN, refuse()) == Ok(id="m-2", seq=2, at=7)


async def test_the_store_that_did_not_answer_is_not_asked_again(logs: Logs) -> None:
    store = FaultyEventStore(MemoryEventStore(logs))
    store.gate.clear()
    with pytest.raises(Unavailable):
        await Retries(store, FaultyArchive(logs)).answer(Visitor(ADA), AGAIN, do_without())


async def test_what_was_never_done_is_refused(retries: Retries) -> None:
    with pytest.raises(Archived):
        await retries.answer(Visitor(BOB), AGAIN, refuse())  # an id is its author's own
    with pytest.raises(Archived):
        await retries.answer(Visitor(ADA), commands.DeleteMessage(id="m-2", room="attic", target=1), refuse())


async def test_an_answer_comes_after_what_follows_from_it(retries: Retries, logs: Logs) -> None:
    await retries.answer(Visitor(ADA), AGAIN, refuse())
    message = logs["lobby"][0]
    assert isinstance(message, Message)
    assert (message.erased, message.text) == (True, "")
