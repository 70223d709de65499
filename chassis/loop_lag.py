"""How late the event loop comes to what is due: everything that a process does waits that long, too."""

import asyncio

from chassis import metrics

INTERVAL_SECONDS = 0.25  # costs nothing, and sees nearly every pause that a person would notice


async def keep_measuring() -> None:
    """Run for ever: sleep, and observe by how much later than asked the loop came back."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + INTERVAL_SECONDS
        await asyncio.sleep(INTERVAL_SECONDS)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - due))
