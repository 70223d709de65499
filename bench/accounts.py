"""Signing in, renewing and publishing keys, on one core; beside it what that core hashes when it does nothing else.

`python -m bench.accounts` is the bare hashing: it verifies a password for some seconds and tells how often.
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import aiohttp

from auth_service.passwords import HASHER
from bench.figures import Figure, percentile
from bench.stage import Stage

PASSWORD = "seven teal otters waltz"  # noqa: S105 - of people who live for a minute
PEOPLE = 8  # who sign in again and again at the same time
SECONDS = 6.0
WARM_UP_SECONDS = 1.0
START_SECONDS = 30.0
LEAST_OF_BARE = 0.9
MILLISECONDS = 1000.0

Ask = Callable[[int], Awaitable[None]]


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    before = await bare(stage.server_core)
    async with _auth(stage) as url, aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        tokens = [
            await _post(http, number, "register", name=f"bench-{number}", password=PASSWORD) for number in range(PEOPLE)
        ]

        async def sign_in(number: int) -> None:
            await _post(http, number, "login", name=f"bench-{number}", password=PASSWORD)

        async def refresh(number: int) -> None:
            tokens[number] = await _post(http, number, "refresh", refresh_token=tokens[number])

        async def keys(_number: int) -> None:
            async with http.get("/.well-known/jwks.json", raise_for_status=True) as answer:
                await answer.read()

        sign_ins, took = await _rate(sign_in)
        refreshes, _ = await _rate(refresh)
        reads, _ = await _rate(keys)
    hashes = (before + await bare(stage.server_core)) / 2
    yield [
        Figure("sign-in", "bare argon2id verifications", hashes, "/s"),
        Figure("sign-in", "sign-ins", sign_ins, "/s", baseline=hashes, least=LEAST_OF_BARE * hashes),
        Figure("sign-in", "sign-in, median of 8 at once", percentile(took, 0.5) * MILLISECONDS, "ms"),
        Figure("sign-in", "refreshes", refreshes, "/s"),
        Figure("sign-in", "reads of the public keys", reads, "/s"),
    ]


async def bare(core: int) -> float:
    """Verifications/s of a process that does nothing else."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.accounts", stdout=asyncio.subprocess.PIPE
    )
    os.sched_setaffinity(process.pid, {core})
    said, _ = await process.communicate()
    return float(said)


async def _rate(ask: Ask) -> tuple[float, list[float]]:
    """Answers/s that `PEOPLE` get who ask again at once, and the seconds that each answer took."""
    took: list[float] = []
    counting_from = time.perf_counter() + WARM_UP_SECONDS
    until = counting_from + SECONDS

    async def go_on(number: int) -> None:
        while (began := time.perf_counter()) < until:
            await ask(number)
            if began >= counting_from:
                took.append(time.perf_counter() - began)

    await asyncio.gather(*(go_on(number) for number in range(PEOPLE)))
    return len(took) / (time.perf_counter() - counting_from), took


async def _post(http: aiohttp.ClientSession, number: int, path: str, **body: str) -> str:
    """From an address of each one's own, as the gateway would say it; returns the refresh token."""
    headers = {"X-Forwarded-For": f"192.0.2.{number + 1}"}
    async with http.post(f"/api/auth/{path}", json=body, headers=headers, raise_for_status=True) as answer:
        return str((await answer.json())["refresh_token"])


@asynccontextmanager
async def _auth(stage: Stage) -> AsyncIterator[str]:
    """The service on the server's core; its address."""
    port, ops_port = _free_port(), _free_port()
    told = {
        **stage.told,
        "MONGO_DATABASE": stage.database,
        "PORT": str(port),
        "OPS_PORT": str(ops_port),
        "AUTH_SECRET": os.urandom(32).hex(),
        "AMQP_URL": "",  # nobody is to be woken
        "LOG_LEVEL": "WARNING",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "auth_service", env=os.environ | told)
    os.sched_setaffinity(process.pid, {stage.server_core})
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
            while not await _ready(http, f"http://127.0.0.1:{ops_port}/health/ready"):
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:  # not listening yet
        return False


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    stored = HASHER.hash(PASSWORD)
    HASHER.verify(stored, PASSWORD)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        HASHER.verify(stored, PASSWORD)
        count += 1
    print(count / (time.perf_counter() - began))
