"""An event loop whose clock jumps: what waits for time gets it at once, and always in the same order."""

import asyncio
import contextvars
import selectors
from collections.abc import Coroutine, Generator
from typing import Any

owner: contextvars.ContextVar[object] = contextvars.ContextVar("owner", default=None)
"""On whose behalf things happen. Tasks inherit it, so a process can be killed with all that it had begun."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen again: a deadlock")
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._owned: dict[asyncio.Task[Any], object] = {}
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self._jumping.now

    def pass_time(self, seconds: float) -> None:
        """Let everything happen that is due within so many seconds."""
        self.run_until_complete(asyncio.sleep(seconds))

    def kill(self, whose: object) -> None:
        """End all tasks that were begun on behalf of `whose`."""
        doomed = [task for task, of in self._owned.items() if of is whose]
        for task in doomed:
            task.cancel()
        self.run_until_complete(asyncio.gather(*doomed, return_exceptions=True))

    def close(self) -> None:
        for whose in {id(of): of for of in self._owned.values()}.values():
            self.kill(whose)
        super().close()

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=loop, **options)
        self._owned[task] = owner.get()
        task.add_done_callback(lambda done: self._owned.pop(done, None))
        return task
