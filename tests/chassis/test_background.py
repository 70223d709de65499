"""Tasks beside the requests: they end with the service, and a failing one ends it."""

import asyncio
import signal

from structlog.testing import capture_logs

from chassis import background


async def test_tasks_run_until_the_block_ends() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    async with background.running({"work": work()}):
        await asyncio.sleep(0)
        assert seen == ["began"]
    assert seen == ["began", "ended"]


async def test_a_failing_task_stops_the_service_and_says_why() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)  # as aiohttp does

    async def fail() -> None:
        raise ZeroDivisionError

    try:
        with capture_logs() as lines:
            async with background.running({"doomed": fail()}), asyncio.timeout(10):
                await stopped.wait()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    assert [(line["log_level"], line["task"]) for line in lines] == [("critical", "doomed")]
