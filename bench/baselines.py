"""What the figures are compared with: the least that any server can do, and the naive one.

`python -m bench.baselines raw|naive` is the server of a baseline, a process of its own like what it is compared with.
It waits until everybody is connected, delivers for some seconds as fast as it can, and tells how many it delivered.
"""

import asyncio
import os
import socket
import sys
import time

from aiohttp import web

from bench import client

SECONDS = 3.0
MEMBERS = 1000
PAYLOAD = b"x" * 250  # about the size of one event's frame


async def deliveries_a_second(kind: str, core: int) -> float:
    """`raw`: one `send()` for each delivery and nothing else. `naive`: an aiohttp loop that awaits `send_str`."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.baselines", kind), stdout=asyncio.subprocess.PIPE
    )
    os.sched_setaffinity(server.pid, {core})
    if server.stdout is None:
        raise RuntimeError("the baseline's output was asked for")
    port = int(await server.stdout.readline())
    loop = asyncio.get_running_loop()
    members = [
        (await loop.create_connection(asyncio.Protocol, "127.0.0.1", port))[0]
        if kind == "raw"
        else await client.upgrade("127.0.0.1", port)
        for _ in range(MEMBERS)
    ]
    delivered = int(await server.stdout.readline())
    for member in members:
        member.close()
    await server.wait()
    return delivered / SECONDS


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


async def _naive() -> None:
    members: set[web.WebSocketResponse] = set()
    everybody = asyncio.Event()

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


if __name__ == "__main__":
    if sys.argv[1] == "raw":
        _raw()
    else:
        asyncio.run(_naive())
