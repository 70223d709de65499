import asyncio
import json
import os
import re
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.app import create_app
from auth_service.proofs import ACCOUNT
from auth_service.services import SERVICES
from auth_service.settings import AuthSettings
from chassis import mongo
from tests.auth_service.conftest import PASSWORD, Client
from tests.chat_service.tcp_proxy import proxy_to
from tests.services import free_ports

ROOT = Path(__file__).parents[2]
WRONG_PASSWORD = "my aunt's parrot whistles"


async def readiness(ops_port: int) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{ops_port}/health/ready") as answer:
        body: dict[str, Any] = await answer.json()
        return {"code": answer.status, **body}


@pytest.mark.usefixtures("server")
async def test_once_started_it_is_ready(settings: AuthSettings) -> None:
    assert await readiness(settings.ops_port) == {"code": 200, "status": "ready", "dependencies": {"mongodb": "ok"}}


async def test_it_waits_for_its_database(settings: AuthSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 200)
    monkeypatch.setattr(mongo, "RETRY_SECONDS", 0.01)
    with proxy_to(settings.mongo_url) as proxy:
        proxy.shut()
        app = create_app(settings.model_copy(update={"mongo_url": proxy.url}))
        server = TestServer(app)
        starting = asyncio.create_task(server.start_server())
        while (found := await readiness_when_there(settings.ops_port)) is None:
            await asyncio.sleep(0.01)
        assert (found["code"], found["status"]) == (503, "starting")
        proxy.open()
        await starting
        assert (await readiness(settings.ops_port))["status"] == "ready"
        await server.close()


async def readiness_when_there(ops_port: int) -> dict[str, Any] | None:
    try:
        return await readiness(ops_port)
    except aiohttp.ClientConnectorError:
        return None


async def test_without_its_database_it_is_degraded_and_comes_back(
    settings: AuthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_MS", 200)
    with proxy_to(settings.mongo_url) as proxy:
        async with TestServer(create_app(settings.model_copy(update={"mongo_url": proxy.url}))):
            proxy.shut()
            lost = await readiness(settings.ops_port)
            assert lost == {"code": 200, "status": "degraded", "dependencies": {"mongodb": "down"}}
            proxy.open()
            while (await readiness(settings.ops_port))["status"] != "ready":
                await asyncio.sleep(0.01)


async def test_replicas_accept_each_other_s_tokens(
    settings: AuthSettings, server: TestServer, aiohttp_client: AiohttpClient
) -> None:
    port, ops_port = free_ports(2)
    other = settings.model_copy(update={"port": port, "ops_port": ops_port})
    async with TestServer(create_app(other)) as second:
        first_client: Client = await aiohttp_client(server)
        second_client: Client = await aiohttp_client(second)
        granted = await (
            await first_client.post("/api/auth/register", json={"name": "Ada", "password": PASSWORD})
        ).json()
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        assert (await second_client.get("/api/auth/me", headers=bearer)).status == 200
        refreshed = await second_client.post("/api/auth/refresh", json=granted)
        assert refreshed.status == 200


async def test_stopping_leaves_nothing_running(settings: AuthSettings) -> None:
    before = asyncio.all_tasks()
    server = TestServer(create_app(settings))
    await server.start_server()
    await server.close()
    assert asyncio.all_tasks() <= before


async def test_the_services_are_there_once_it_has_started(server: TestServer) -> None:
    app = server.app
    assert isinstance(app, web.Application)
    assert app[SERVICES].keys.jwks["keys"]


# The process itself


@pytest.fixture
def environment(settings: AuthSettings) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PORT": str(settings.port),
        "OPS_PORT": str(settings.ops_port),
        "PUBLIC_URL": f"http://127.0.0.1:{settings.port}",
        "MONGO_URL": settings.mongo_url,
        "MONGO_DATABASE": settings.mongo_database,
        "AUTH_SECRET": settings.auth_secret.get_secret_value(),
        "LOG_LEVEL": "DEBUG",
    }


async def start(environment: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auth_service", cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )


@pytest.fixture
async def process(environment: dict[str, str]) -> AsyncIterator[Process]:
    process = await start(environment)
    async with asyncio.timeout(30):
        while not await answers(environment["PUBLIC_URL"] + "/login"):
            await asyncio.sleep(0.05)
    yield process
    if process.returncode is None:
        process.kill()
        await process.communicate()


async def answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return answer.ok
    except aiohttp.ClientConnectorError:
        return False


async def everything_said(process: Process) -> str:
    process.terminate()
    out, err = await process.communicate()
    assert (process.returncode, err.decode()) == (0, "")
    return out.decode()


async def live_a_little(url: str) -> set[str]:
    """Does what people, programs and attackers do; returns what must never be logged of it."""
    own = {"Sec-Fetch-Site": "same-origin"}
    said = {PASSWORD, WRONG_PASSWORD, WRONG_PASSWORD.replace(" ", "+")}
    async with aiohttp.ClientSession(url, cookie_jar=CookieJar(unsafe=True, treat_as_secure_origin=url)) as http:
        fields = {"name": "Ada", "password": PASSWORD, "password_again": PASSWORD}
        for path, form in (
            ("/signin", fields),
            ("/signin", fields),
            ("/login", {**fields, "password": WRONG_PASSWORD}),
            ("/login", {"name": WRONG_PASSWORD, "password": PASSWORD}),
            ("/login", fields),
        ):
            await http.post(path, data=form, headers=own)
        tokens = [cookie.value for cookie in http.cookie_jar]
        await http.get("/signout?token=" + tokens[0])
        for _ in range(2):
            granted = await (await http.post("/api/auth/refresh", json={}, headers=own)).json()
            tokens += [granted["access_token"], *(cookie.value for cookie in http.cookie_jar)]
        await http.post("/api/auth/refresh", json={"refresh_token": tokens[0]}, headers=own)
        await http.post("/api/auth/refresh", json={"refresh_token": tokens[1]}, headers=own)
        await http.post("/api/auth/login", data=json.dumps({"password": PASSWORD})[:-1], headers=own)
        await http.post("/api/auth/login", json={"name": [PASSWORD], "password": PASSWORD}, headers=own)
        await http.get("/api/auth/me", headers={"Authorization": f"Bearer {tokens[0]}x"})
        await http.post("/signout", data={}, headers={"Origin": "https://evil.test"})
        await http.post("/signout", data={}, headers=own)
    return said | set(tokens) | {token.rpartition(".")[2] for token in tokens}


async def test_no_password_no_token_and_no_secret_is_ever_logged(process: Process, environment: dict[str, str]) -> None:
    never = await live_a_little(environment["PUBLIC_URL"])
    logged = await everything_said(process)
    assert "registered" in logged
    assert "refresh token reused" in logged
    assert "sign-in failed" in logged
    for secret in never | {environment["AUTH_SECRET"], "PRIVATE KEY"}:
        assert secret not in logged


async def manage_the_account(url: str) -> set[str]:
    """Everything that `/account` offers, with mistakes; returns what must never be logged of it."""
    own = {"Sec-Fetch-Site": "same-origin"}
    new_password = "nine purple walruses hum"
    async with aiohttp.ClientSession(url, cookie_jar=CookieJar(unsafe=True, treat_as_secure_origin=url)) as http:

        async def post(path: str, **fields: str) -> str:
            async with http.post(path, data=fields, headers=own) as answer:
                return await answer.text()

        await post("/signin", name="Ada", password=PASSWORD, password_again=PASSWORD)
        await post("/account/name", name="Countess")
        for present in (WRONG_PASSWORD, PASSWORD):
            await post(
                "/account/password", password=present, new_password=new_password, new_password_again=new_password
            )
        page = await post("/account/second-factor", password=new_password)
        (key,) = re.findall(r'<p class="key"><code>([^<]*)</code>', page)
        code = pyotp.TOTP(key.replace(" ", "")).now()
        recovery = re.findall(r"<li><code>([^<]*)</code></li>", await post("/account/second-factor", code=code))
        await post("/login", name="Countess", password=new_password)
        for typed in (code, recovery[0]):
            await post("/login", code=typed)
        await post("/account/second-factor/off", password=new_password, code=recovery[1])
        for _ in range(ACCOUNT.free + 3):
            await post("/login", name="nobody", password=WRONG_PASSWORD)
        cookies = {cookie.value for cookie in http.cookie_jar}
    return {PASSWORD, WRONG_PASSWORD, new_password, key, key.replace(" ", ""), f'"{code}"', *recovery, *cookies}


async def test_every_act_that_matters_is_logged_and_nothing_secret_of_it(
    process: Process, environment: dict[str, str]
) -> None:
    never = await manage_the_account(environment["PUBLIC_URL"])
    logged = await everything_said(process)
    assert {json.loads(line)["event"] for line in logged.splitlines()} >= {
        "registered",
        "renamed",
        "password changed",
        "password not confirmed",
        "second factor on",
        "second factor refused",
        "recovery code used",
        "second factor off",
        "signed in",
        "signed out",
        "account changed",
        "sign-in failed",
        "throttled",
    }
    for secret in never:
        assert secret not in logged
    failed = [json.loads(line) for line in logged.splitlines() if "sign-in failed" in line]
    assert {line["address"] for line in failed} == {"127.0.0.1"}


async def test_every_line_of_the_log_is_json_and_says_where_it_is_from(
    process: Process, environment: dict[str, str]
) -> None:
    await live_a_little(environment["PUBLIC_URL"])
    lines = [json.loads(line) for line in (await everything_said(process)).splitlines()]
    assert {line["service"] for line in lines} == {"auth"}
    assert all("request_id" in line for line in lines if line["event"] in {"request", "registered", "signed in"})
    assert [line["path"] for line in lines if line["event"] == "request"].count("/login") >= 3


async def test_it_says_where_it_listens_and_stops_when_told_to(process: Process, environment: dict[str, str]) -> None:
    listening = [json.loads(line) for line in (await everything_said(process)).splitlines() if "listening" in line]
    assert listening
    assert listening[0]["port"] == int(environment["PORT"])


async def test_with_settings_missing_it_does_not_start_and_names_them_all(environment: dict[str, str]) -> None:
    told = {**environment, "PUBLIC_URL": "nowhere", "AUTH_SECRET": "changeme", "SECRETS_DIR": secrets.token_hex()}
    del told["MONGO_URL"]
    process = await start(told)
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    named = [line.split(":")[0].removeprefix("setting ") for line in err.decode().splitlines()]
    assert sorted(named) == ["AUTH_SECRET", "MONGO_URL", "PUBLIC_URL"]


async def test_it_starts_before_its_database_and_says_what_it_waits_for(environment: dict[str, str]) -> None:
    process = await start({**environment, "MONGO_URL": "mongodb://somebody:hunter2@127.0.0.1:1/"})
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(30):
        while b"waiting for MongoDB" not in said:
            said += await process.stdout.readline()
    process.terminate()
    out, err = await process.communicate()
    assert b"hunter2" not in said + out + err
    assert b"Traceback" not in err
