import asyncio
from typing import NoReturn

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pytest_aiohttp.plugin import AiohttpClient

from chassis.health import Health, State
from chassis.ops import create_ops_app
from tests.chassis.conftest import Client, Serve


async def fine() -> State:
    return "ok"


async def broken() -> NoReturn:
    raise OSError


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, health: Health) -> Client:
    return await aiohttp_client(create_ops_app(health))


async def test_a_process_that_is_only_starting_is_alive(client: Client) -> None:
    answer = await client.get("/health/live")
    assert (answer.status, await answer.json()) == (200, {"status": "alive"})


async def test_a_dependency_that_is_down_does_not_kill_the_process(client: Client, health: Health) -> None:
    health.depends_on("mongodb", broken)
    assert (await client.get("/health/live")).status == 200


async def test_it_answers_while_a_check_hangs(client: Client, health: Health) -> None:
    hangs = asyncio.Event()

    async def hanging() -> State:
        await hangs.wait()
        return "ok"

    health.depends_on("mongodb", hanging)
    asked = asyncio.ensure_future(client.get("/health/ready"))
    assert (await client.get("/health/live")).status == 200
    assert not asked.done()
    hangs.set()
    assert (await asked).status == 503


async def test_a_service_that_is_starting_gets_no_requests(client: Client, health: Health) -> None:
    health.depends_on("mongodb", fine)
    answer = await client.get("/health/ready")
    assert (answer.status, await answer.json()) == (503, {"status": "starting", "dependencies": {"mongodb": "ok"}})


async def test_a_service_that_is_ready_says_on_what_it_depends(client: Client, health: Health) -> None:
    health.depends_on("mongodb", fine)
    health.serving()
    answer = await client.get("/health/ready")
    assert (answer.status, await answer.json()) == (200, {"status": "ready", "dependencies": {"mongodb": "ok"}})


async def test_a_degraded_service_goes_on_getting_requests(client: Client, health: Health) -> None:
    health.depends_on("mongodb", broken)
    health.serving()
    answer = await client.get("/health/ready")
    assert (answer.status, await answer.json()) == (200, {"status": "degraded", "dependencies": {"mongodb": "down"}})


async def test_a_draining_service_gets_no_more_requests(client: Client, health: Health) -> None:
    health.serving()
    health.draining()
    assert (await client.get("/health/ready")).status == 503


async def test_metrics_are_what_prometheus_reads(client: Client) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = {family.name for family in text_string_to_metric_families(await answer.text())}
    assert {"parley_http_requests", "parley_http_request_seconds", "process_resident_memory_bytes"} <= families


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health", "/metrics"])
async def test_none_of_it_is_on_the_public_port(serve: Serve, path: str) -> None:
    public = await serve()
    assert (await public.get(path)).status == 404
