"""Requests that no well-behaved client would send."""

import asyncio
from typing import Any

from aiohttp.test_utils import TestClient


async def exchange(client: TestClient[Any, Any], request: bytes) -> bytes:
    """Send these bytes to the client's server; give what comes back until it hangs up or has answered once."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        return head + await reader.readexactly(length)
    finally:
        writer.close()
        await writer.wait_closed()
