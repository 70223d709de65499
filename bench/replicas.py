"""Chat replicas as processes of their own, on a core that the load generator leaves to them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from tests.services import free_ports

START_SECONDS = 30.0


class Replica(msgspec.Struct, frozen=True):
    host: str
    port: int
    ops_port: int
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time that the process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self) -> int:
        """Memory that the process holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024


@asynccontextmanager
async def running(count: int, environment: dict[str, str], core: int) -> AsyncIterator[list[Replica]]:
    """`count` replicas that are ready, all on one core."""
    processes: list[asyncio.subprocess.Process] = []
    replicas: list[Replica] = []
    try:
        for number in range(count):
            port, ops_port = free_ports(2)
            told = {"PORT": str(port), "OPS_PORT": str(ops_port), "REPLICA": f"bench-{os.getpid()}-{number}"}
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "chat_service", env=os.environ | environment | told | {"LOG_LEVEL": "WARNING"}
            )
            processes.append(process)
            os.sched_setaffinity(process.pid, {core})
            replicas.append(Replica("127.0.0.1", port, ops_port, process.pid))
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
            for replica in replicas:
                await _until_ready(http, replica)
        yield replicas
    finally:
        for process in processes:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))


async def _until_ready(http: aiohttp.ClientSession, replica: Replica) -> None:
    while True:
        try:
            async with http.get(f"http://{replica.host}:{replica.ops_port}/health/ready") as response:
                if (await response.json())["status"] == "ready":
                    return
        except aiohttp.ClientError:  # not listening yet
            pass
        await asyncio.sleep(0.1)
