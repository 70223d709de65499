"""When to look in the store for what the relay did not bring: every so often, more often while it is in doubt."""

import asyncio

from chat_service.relay import Relay


class Looking:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._told = asyncio.Event()

    def now(self) -> None:
        """Don't wait any longer."""
        self._told.set()

    async def pause(self, seconds: float, doubtful_seconds: float) -> None:
        """Until the next look. A doubt that comes meanwhile cuts it short."""
        left = seconds
        while left > 0 and not self._told.is_set():
            step = min(left, doubtful_seconds)
            try:
                async with asyncio.timeout(step):
                    await self._told.wait()
            except TimeoutError:  # nobody told us
                left -= step
                if self._relay.in_doubt:
                    break
        self._told.clear()
