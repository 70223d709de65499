"""The committed gateway files under a real Traefik."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector
from yarl import URL

from tests.gateway.backends import Backend, Gateway, traefik
from tests.services import free_ports

WAIT_SECONDS = 15.0
POLL_SECONDS = 0.05

ROUTES = {
    "/login": "auth",
    "/login?next=/": "auth",
    "/signin": "auth",
    "/signout": "auth",
    "/account": "auth",
    "/account/sessions": "auth",
    "/admin": "auth",
    "/admin/people/1": "auth",
    "/invite/code": "auth",
    "/reset/code": "auth",
    "/administer": "chat",
    "/invite": "chat",
    "/api/auth/me": "auth",
    "/api/auth/sessions/1": "auth",
    "/.well-known/jwks.json": "auth",
    "/": "chat",
    "/static/css/tokens.css": "chat",
    "/api/rooms": "chat",
    "/login/more": "chat",
    "/signin2": "chat",
    "/accounts": "chat",
    "/internal/account-changes": "chat",  # what auth tells other services, it is never asked from outside
    "/account/../internal/account-changes": "chat",
    "/api/auth/%2e%2e/%2e%2e/internal/account-changes": "chat",
    "//internal/account-changes": "chat",
    "/api/authors": "chat",
    "/.well-known/other": "chat",
    "/api/auth/../rooms": "chat",
    "/api/auth/%2e%2e/rooms": "chat",
    "/ping": "chat",
    "/dashboard/": "chat",
}
FOR_OPERATORS = [
    "/metrics",
    "//metrics",
    "/%6detrics",
    "/./metrics",
    "/health/live",
    "/health/ready",
    "/health/../metrics",
    "/static/../metrics",
    "/static/%2e%2e/metrics",
    "/api/auth/../../metrics",
]
TWO_READINGS = ["/static/..%2fmetrics", "/login%00", "/a%5c..%5cmetrics", "/a%3bb", "/%2525"]


@dataclass
class Setup:
    gateway: Gateway
    auth: Backend
    chats: list[Backend]
    client: ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, object]]:
        """Status and JSON body ({} for anything else) of a path that is sent exactly as it is."""
        async with self.client.get(URL(self.gateway.url + path, encoded=True), headers=headers) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else {}


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Setup]]]:
    async with AsyncExitStack() as stack:

        async def start(**options: str) -> Setup:
            port, ping_port, main_port, ops_port = free_ports(4, "0.0.0.0")  # noqa: S104 - free on every address
            auth = Backend("127.0.0.61", "auth", main_port, ops_port)
            chats = [Backend(f"127.0.0.7{number}", f"chat-{number}", main_port, ops_port) for number in (1, 2)]
            for backend in (auth, *chats):
                await backend.start()
                stack.push_async_callback(backend.stop)
            gateway = await stack.enter_async_context(traefik(tmp_path, (port, ping_port), auth, chats, **options))
            client = await stack.enter_async_context(ClientSession())
            return Setup(gateway, auth, chats, client)

        yield start


@pytest.fixture
async def setup(start: Callable[..., Awaitable[Setup]]) -> Setup:
    return await start()


async def test_each_path_leads_to_its_service(setup: Setup) -> None:
    answers = {path: await setup.get(path) for path in ROUTES}
    assert {path: status for path, (status, _) in answers.items()} == dict.fromkeys(ROUTES, 200)
    assert {path: str(told["backend"]).split("-")[0] for path, (_, told) in answers.items()} == ROUTES


async def test_what_is_for_operators_is_not_to_be_reached(setup: Setup) -> None:
    statuses = {}
    for path in FOR_OPERATORS:
        async with setup.client.get(URL(setup.gateway.url + path, encoded=True)) as answer:
            assert "for operators only" not in await answer.text()
            statuses[path] = answer.status
    assert statuses == dict.fromkeys(FOR_OPERATORS, 404)


async def test_a_path_that_two_could_read_as_two_is_refused(setup: Setup) -> None:
    assert {path: (await setup.get(path))[0] for path in TWO_READINGS} == dict.fromkeys(TWO_READINGS, 400)


async def test_sockets_are_spread_over_the_replicas(setup: Setup) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(40):
            socket = await stack.enter_async_context(setup.client.ws_connect(setup.gateway.url + "/ws"))
            assert (await socket.receive_str()).startswith("chat-")
        shares = sorted(backend.sockets for backend in setup.chats)
        assert sum(shares) == 40
        assert shares[0] >= 18  # taking the emptier of two keeps them level


async def test_an_idle_socket_outlives_the_time_that_a_request_has(start: Callable[..., Awaitable[Setup]]) -> None:
    setup = await start(read_timeout="500ms")
    async with setup.client.ws_connect(setup.gateway.url + "/ws") as socket:
        await socket.receive_str()
        await asyncio.sleep(1.5)  # three times that time: here the waiting is what is tested
        await socket.send_str("still here")
        assert await socket.receive_str(timeout=WAIT_SECONDS) == "still here"


async def test_a_replica_that_is_not_ready_gets_nothing_until_it_is_again(setup: Setup) -> None:
    leaving, staying = setup.chats
    leaving.ready = False
    await _until_only({staying.name}, setup)
    leaving.ready = True
    await _until_only({staying.name, leaving.name}, setup)


async def test_a_replica_that_died_gets_nothing_until_it_is_back(setup: Setup) -> None:
    dead, alive = setup.chats
    await dead.stop()
    await _until_only({alive.name}, setup)
    await dead.start()
    await _until_only({alive.name, dead.name}, setup)


async def test_a_page_and_its_files_come_though_a_replica_has_just_died(setup: Setup) -> None:
    dead, alive = setup.chats
    await dead.stop()
    answers = await asyncio.gather(*(setup.get(path) for path in ["/", *["/static/js/main.js"] * 30]))
    assert {status for status, _ in answers} == {200}
    assert {told["backend"] for _, told in answers} == {alive.name}


async def test_with_auth_down_chat_goes_on_and_signing_in_says_503(setup: Setup) -> None:
    await setup.auth.stop()

    async def refused() -> bool:
        return (await setup.get("/login"))[0] == 503

    await _until(refused)
    assert (await setup.get("/"))[0] == 200


async def test_a_forged_client_address_is_not_passed_on(setup: Setup) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Real-Ip": "6.6.6.6", "X-Forwarded-Host": "evil.test"}
    aliases = {"X_Forwarded_For": "6.6.6.6", "X_Real_Ip": "6.6.6.6"}
    _, told = await setup.get("/", **forged, **aliases)
    assert isinstance(told["headers"], dict)
    assert told["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert "6.6.6.6" not in str(told)
    assert "evil.test" not in str(told)


async def test_a_client_address_is_believed_from_a_trusted_proxy_and_from_nobody_else(
    start: Callable[..., Awaitable[Setup]],
) -> None:
    setup = await start(trusted="127.0.0.8")
    seen = {}
    for address in ("127.0.0.8", "127.0.0.9"):
        async with ClientSession(connector=TCPConnector(local_addr=(address, 0))) as client:
            _, told = await replace(setup, client=client).get("/", **{"X-Forwarded-For": "6.6.6.6"})
        assert isinstance(told["headers"], dict)
        seen[address] = told["headers"]["X-Forwarded-For"]
    assert seen == {"127.0.0.8": "6.6.6.6, 127.0.0.8", "127.0.0.9": "127.0.0.9"}


async def test_the_access_log_has_the_request_id_and_no_query_string(setup: Setup) -> None:
    await setup.get("/api/rooms?token=s3cret", Cookie="__Host-session=s3cret", Authorization="Bearer s3cret")
    lines: list[dict[str, object]] = []

    async def logged() -> bool:
        lines[:] = [line for line in setup.gateway.access_lines() if line["RequestPath"] == "/api/rooms"]
        return bool(lines)

    await _until(logged)
    assert lines[0]["downstream_X-Request-Id"] == "from-the-service"
    assert "s3cret" not in setup.gateway.log.read_text()


@pytest.mark.parametrize("path", ["/invite/s3cret", "/reset/s3cret", "/invite/s3cret/"])
async def test_the_access_log_has_no_code_that_lets_in(setup: Setup, path: str) -> None:
    assert (await setup.get(path))[0] == 200
    await setup.get("/api/rooms")

    async def logged() -> bool:
        return any(line["RequestPath"] == "/api/rooms" for line in setup.gateway.access_lines())

    await _until(logged)
    assert "s3cret" not in setup.gateway.log.read_text()


async def test_only_the_internal_port_answers_pings_and_it_has_nothing_else(setup: Setup) -> None:
    for path, status in (("/ping", 200), ("/api/rawdata", 404), ("/dashboard/", 404), ("/metrics", 404), ("/", 404)):
        async with setup.client.get(setup.gateway.ping_url + path) as answer:
            assert answer.status == status


async def _until_only(names: set[str], setup: Setup) -> None:
    """Until 20 requests in a row went to all of these replicas and to no other."""

    async def only() -> bool:
        answers = [await setup.get("/") for _ in range(20)]
        return all(status == 200 for status, _ in answers) and {told["backend"] for _, told in answers} == names

    await _until(only)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            if await condition():
                return
            await asyncio.sleep(POLL_SECONDS)
