"""Signing in, renewing and publishing keys, on one core; beside it what that core hashes when it does nothing else.

Rates are of the CPU time that the process used, which other work on the machine leaves as they are; the same by the
clock stands beside them.

`python -m bench.accounts` is the bare hashing: it verifies a password for some seconds and tells how often.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import psutil

from auth_service.passwords import HASHER
from bench.figures import Figure, percentile
from bench.stage import Stage
from tests.services import free_ports

PASSWORD = "seven teal otters waltz"  # noqa: S105 - of people whom the bench makes, in a database that it drops
PEOPLE = 8  # who sign in again and again at the same time
SECONDS = 6.0
WARM_UP_SECONDS = 1.0
START_SECONDS = 30.0
LEAST_OF_BARE = 0.9
MILLISECONDS = 1000.0


class Measured(msgspec.Struct, frozen=True):
    """Answers/s, of the service's CPU time and by the clock, and the seconds to an answer."""

    per_cpu: float
    per_second: float
    median: float


Ask = Callable[[int], Awaitable[None]]


async def measure(stage: Stage) -> AsyncIterator[list[Figure]]:
    before = await bare(stage.server_core)
    async with _auth(stage) as (url, pid), aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar()) as http:
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

        sign_ins = await _measured(sign_in, pid)
        after = await bare(stage.server_core)  # at once: on a busy machine a hash costs now more and now less
        refreshes, reads = await _measured(refresh, pid), await _measured(keys, pid)
    hashes, hashes_a_second = ((one + other) / 2 for one, other in zip(before, after, strict=True))
    yield [
        Figure("sign-in", "bare argon2id verifications", hashes, "/s of CPU"),
        Figure("sign-in", "sign-ins", sign_ins.per_cpu, "/s of CPU", baseline=hashes, least=LEAST_OF_BARE * hashes),
        Figure("sign-in", "bare argon2id verifications, by the clock", hashes_a_second, "/s"),
        Figure("sign-in", "sign-ins, by the clock", sign_ins.per_second, "/s", baseline=hashes_a_second),
        Figure("sign-in", "sign-in, median of 8 at once", sign_ins.median * MILLISECONDS, "ms"),
        Figure("sign-in", "refreshes", refreshes.per_cpu, "/s of CPU"),
        Figure("sign-in", "reads of the public keys", reads.per_cpu, "/s of CPU"),
    ]


async def bare(core: int) -> list[float]:
    """Verifications/s of a process that does nothing else: of its CPU time, and by the clock."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.accounts", stdout=asyncio.subprocess.PIPE
    )
    os.sched_setaffinity(process.pid, {core})
    said, _ = await process.communicate()
    return [float(figure) for figure in said.split()]


async def _measured(ask: Ask, pid: int) -> Measured:
    """Of `PEOPLE` who ask again at once."""
    took: list[float] = []

    async def go_on(number: int, until: float) -> None:
        while (began := time.perf_counter()) < until:
            await ask(number)
            took.append(time.perf_counter() - began)

    async def all_go_on(seconds: float) -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(go_on(number, until) for number in range(PEOPLE)))

    await all_go_on(WARM_UP_SECONDS)
    took.clear()
    began, cpu = time.perf_counter(), _cpu_seconds(pid)
    await all_go_on(SECONDS)
    return Measured(
        len(took) / (_cpu_seconds(pid) - cpu), len(took) / (time.perf_counter() - began), percentile(took, 0.5)
    )


def _cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def _post(http: aiohttp.ClientSession, number: int, path: str, **body: str) -> str:
    """From an address of each one's own, as the gateway would say it; returns the refresh token."""
    headers = {"X-Forwarded-For": f"192.0.2.{number + 1}"}
    async with http.post(f"/api/auth/{path}", json=body, headers=headers, raise_for_status=True) as answer:
        return str((await answer.json())["refresh_token"])


@asynccontextmanager
async def _auth(stage: Stage) -> AsyncIterator[tuple[str, int]]:
    """The service on the server's core; its address and process id."""
    port, ops_port = free_ports(2)
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
        yield f"http://127.0.0.1:{port}", process.pid
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


if __name__ == "__main__":
    stored = HASHER.hash(PASSWORD)
    HASHER.verify(stored, PASSWORD)
    count, clock, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - clock < SECONDS:
        HASHER.verify(stored, PASSWORD)
        count += 1
    print(count / (time.process_time() - cpu), count / (time.perf_counter() - clock))
