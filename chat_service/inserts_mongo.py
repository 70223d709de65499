"""What several rooms append at the same moment, as one insert.

An insert costs the driver, the server and the journal much the same whether it has one event or fifty. Each room has
at most one append under way, so whatever is gathered here is of different rooms, and their order does not matter.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import msgspec
from pymongo.errors import BulkWriteError

from chassis.mongo import Collection, Document
from chat_service.reaching import DUPLICATE_KEY, UNREACHABLE
from chat_service.store import StoreUnavailable

MAX_DOCUMENTS = 1000
INSERTS_AT_ONCE = 2  # while the server waits for its journal, the driver prepares another


class _Append(msgspec.Struct):
    documents: Sequence[Document]
    stored: asyncio.Future[int]


class Inserts:
    def __init__(self, events: Collection) -> None:
        self._events = events
        self._waiting: deque[_Append] = deque()
        self._inserting: set[asyncio.Task[None]] = set()

    async def append(self, documents: Sequence[Document]) -> int:
        """Insert one room's documents in order, up to the first that conflicts; returns how many are stored.

        Raises:
            StoreUnavailable: nobody knows which of them are.
            RuntimeError: the server refuses one for another reason than a conflict.
        """
        append = _Append(documents, asyncio.get_running_loop().create_future())
        self._waiting.append(append)
        if len(self._inserting) < INSERTS_AT_ONCE:
            task = asyncio.create_task(self._insert_while_any_wait(), name="inserts")
            self._inserting.add(task)
            task.add_done_callback(self._inserting.discard)
        return await append.stored

    async def _insert_while_any_wait(self) -> None:
        while self._waiting:
            appends: list[_Append] = []
            size = 0
            while self._waiting and (not appends or size + len(self._waiting[0].documents) <= MAX_DOCUMENTS):
                appends.append(self._waiting.popleft())
                size += len(appends[-1].documents)
            await self._insert(appends)

    async def _insert(self, appends: list[_Append]) -> None:
        """Answer every one of these."""
        documents = [document for append in appends for document in append.documents]
        try:
            await self._events.insert_many(documents, ordered=True)
        except BulkWriteError as failed:
            try:
                stored, code = refused(failed)
            except StoreUnavailable as reason:
                _fail(appends, reason)
                return
            await self._answer_up_to(appends, stored, code)
        except UNREACHABLE as reason:
            _fail(appends, StoreUnavailable(str(reason)[:200]))
        except Exception as reason:  # noqa: BLE001 - each of them has somebody waiting, who must be told
            _fail(appends, reason)
        else:
            for append in appends:
                _answer(append, len(append.documents))

    async def _answer_up_to(self, appends: list[_Append], stored: int, code: int) -> None:
        for number, append in enumerate(appends):
            if stored < len(append.documents):
                if code == DUPLICATE_KEY:
                    _answer(append, stored)
                else:  # the driver's own words quote the documents, and what people write has no place in a log
                    _fail([append], RuntimeError(f"MongoDB refused an event: code {code}"))
                # One conflict must not make the others wait for theirs: from here on each goes by itself.
                await asyncio.gather(*(self._insert([other]) for other in appends[number + 1 :]))
                return
            _answer(append, len(append.documents))
            stored -= len(append.documents)


def refused(failed: BulkWriteError) -> tuple[int, int]:
    """How many documents are stored before the first that the server refused, and the code that says why.

    Raises:
        StoreUnavailable: some are stored, but not known to be in the journal of a majority: nobody can say.
    """
    details = failed.details or {}
    errors = details.get("writeErrors", [])
    if details.get("writeConcernErrors") or not errors:
        raise StoreUnavailable("not known to be journalled") from None
    return int(errors[0]["index"]), int(errors[0]["code"])


def _answer(append: _Append, stored: int) -> None:
    if not append.stored.done():  # who waited may be gone
        append.stored.set_result(stored)


def _fail(appends: Sequence[_Append], reason: Exception) -> None:
    for append in appends:
        if not append.stored.done():
            append.stored.set_exception(reason)
