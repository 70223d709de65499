"""Many look-ups at the same moment, as one query: thousands who come back at once are dozens of reads."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

MAX_KEYS = 100
READS_AT_ONCE = 2

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class GatheredReads(Generic[Key, Found]):
    """`read` answers for up to MAX_KEYS keys; what it leaves out is `nothing`.

    A look-up is answered by a read that began after it did, so that what was stored before it is seen.
    """

    def __init__(self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Found]]], nothing: Found) -> None:
        self._read = read
        self._nothing = nothing
        self._waiting: dict[Key, asyncio.Future[Found]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def get(self, key: Key) -> Found:
        """Raises what `read` does."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if len(self._reading) < READS_AT_ONCE:
            task = asyncio.create_task(self._read_while_any_wait(), name="gathered reads")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        return await asyncio.shield(future)  # others may wait for the same

    async def _read_while_any_wait(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MAX_KEYS]
            futures = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await self._read(keys)
            except Exception as reason:  # noqa: BLE001 - each of them has somebody waiting, who must be told
                for future in futures.values():
                    future.set_exception(reason)
                    future.exception()  # whoever waited may have left
            else:
                for key, future in futures.items():
                    future.set_result(found.get(key, self._nothing))
