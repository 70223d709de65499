"""`python -m chat_service` as an operator starts and stops it."""

import asyncio
import json
import os
import signal
import sys

from tests.chat_service.issuer import PUBLIC_URL
from tests.services import free_ports

STARTED_SECONDS = 20.0


async def started(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chat_service",
        env={"PATH": os.environ["PATH"]} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_without_settings_it_ends_and_names_them_all() -> None:
    process = await started({})
    _, errors = await process.communicate()
    assert process.returncode == 2
    for name in ("PORT", "OPS_PORT", "PUBLIC_URL", "MONGO_URL", "JWKS_URL"):
        assert f"setting {name}: is not set" in errors.decode()


async def test_it_serves_until_it_is_told_to_stop_and_logs_json(shared: dict[str, object]) -> None:
    port, ops_port = free_ports(2)
    process = await started(
        {name.upper(): str(value) for name, value in shared.items()}
        | {"PORT": str(port), "OPS_PORT": str(ops_port), "PUBLIC_URL": PUBLIC_URL, "REPLICA": "chat1"}
    )
    assert process.stdout is not None
    lines: list[dict[str, object]] = []
    async with asyncio.timeout(STARTED_SECONDS):
        while not lines or lines[-1]["event"] != "listening":
            lines.append(json.loads(await process.stdout.readline()))
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert errors == b""
    assert {line["service"] for line in lines} == {"chat1"}
