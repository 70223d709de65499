"""What the figures are compared with: the least that any server can do, and the naive one.

`python -m bench.baselines raw|naive|quiet` is the server of a baseline, a process of its own like what it is compared
with. The first two wait until everybody is connected, deliver for some seconds as fast as they can, and tell how many
they delivered; `quiet` only holds its connections.
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop
from aiohttp import web

from bench import client
from bench.replicas import Replica

SECONDS = 3.0
MEMBERS = 1000
PAYLOAD = b"x" * 250  # about the size of one event's frame


async def deliveries_a_second(kind: str, core: int) -> float:
    """`raw`: one `send()` for each delivery and nothing else. `naive`: an aiohttp loop that awaits `send_str`."""
    async with _running(kind, core) as (server, port):
        loop = asyncio.get_running_loop()
        members = [
            (await loop.create_connection(asyncio.Protocol, "127.0.0.1", port))[0]
            if kind == "raw"
            else await client.upgrade("127.0.0.1", port)
            for _ in range(MEMBERS)
        ]
        delivered = int(await _line(server))
        for member in members:
            member.close()
        await server.wait()
    return delivered / SECONDS


async def a_bare_socket(tokens: list[str], core: int) -> tuple[float, float]:
    """What each of many costs an aiohttp server that does nothing with them: ms of CPU to connect, KiB to keep."""
    async with _running("quiet", core) as (process, port):
        server = Replica("127.0.0.1", port, 0, process.pid)
        memory, cpu = server.resident_kib(), server.cpu_seconds()
        people = [await client.upgrade(server.host, server.port, token) for token in tokens]
        cpu, memory = server.cpu_seconds() - cpu, server.resident_kib() - memory
        for each in people:
            each.close()
        process.terminate()
        await process.wait()
    return 1000 * cpu / len(tokens), memory / len(tokens)


@asynccontextmanager
async def _running(kind: str, core: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.baselines", kind), stdout=asyncio.subprocess.PIPE
    )
    try:
        os.sched_setaffinity(server.pid, {core})
        yield server, int(await _line(server))
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def _line(server: asyncio.subprocess.Process) -> bytes:
    if server.stdout is None:
        raise RuntimeError("the baseline's output was asked for")
    return await server.stdout.readline()


def _raw() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=MEMBERS)
    print(listener.getsockname()[1], flush=True)
    members = [listener.accept()[0] for _ in range(MEMBERS)]
    delivered = 0
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for member in members:
            member.send(PAYLOAD)
        delivered += MEMBERS
    print(delivered, flush=True)


async def _aiohttp(members: set[web.WebSocketResponse], everybody: asyncio.Event) -> web.AppRunner:
    """The least that serves sockets with aiohttp."""

    async def join(request: web.Request) -> web.WebSocketResponse:
        member = web.WebSocketResponse()
        await member.prepare(request)
        members.add(member)
        if len(members) == MEMBERS:
            everybody.set()
        async for _ in member:
            pass
        return member

    app = web.Application()
    app.router.add_get("/ws", join)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    return runner


async def _naive() -> None:
    members: set[web.WebSocketResponse] = set()
    everybody = asyncio.Event()
    runner = await _aiohttp(members, everybody)
    await everybody.wait()
    delivered = 0
    text = PAYLOAD.decode()
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for member in members:
            await member.send_str(text)
        delivered += MEMBERS
    print(delivered, flush=True)
    await runner.cleanup()


async def _quiet() -> None:
    await _aiohttp(set(), asyncio.Event())
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1] == "raw":
        _raw()
    elif sys.argv[1] == "quiet":
        uvloop.run(_quiet())  # as the services do
    else:
        asyncio.run(_naive())
