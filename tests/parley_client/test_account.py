"""Accounts for programs: signing in, and tokens that are renewed before they end."""

import asyncio
import uuid

import aiohttp
import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpServer

from chat_service.errors import Close
from parley_client import Account, Client, Refused, SignInRefused, account, register, sign_in, with_token
from tests.chat_service.eventually import eventually
from tests.running import Parley

PASSWORD = "velvet cactus orbit 9"


async def test_an_account_made_here_can_be_signed_in_to(parley: Parley) -> None:
    name = f"t-{uuid.uuid4().hex[:12]}"
    made = await register(parley.url, name, PASSWORD)
    again = await sign_in(parley.url, name, PASSWORD)
    assert (again.person_id, again.name) == (made.person_id, name)


@pytest.mark.parametrize(("name", "code"), [("x", "invalid"), ("no-such-person", "wrong_credentials")])
async def test_a_refusal_says_why(parley: Parley, name: str, code: str) -> None:
    ask = register if code == "invalid" else sign_in
    with pytest.raises(SignInRefused) as refused:
        await ask(parley.url, name, PASSWORD)
    assert refused.value.code == code


async def test_a_token_near_its_end_is_renewed_and_a_fresh_one_kept(
    parley: Parley, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    token = await somebody.access_token()
    assert await somebody.access_token() == token
    monkeypatch.setattr(account, "RENEW_BEFORE_SECONDS", 10_000.0)
    renewed = await sign_in(parley.url, somebody.name, PASSWORD)
    assert renewed.renew_in_seconds() == 0.0
    assert await renewed.access_token() != await renewed.access_token()


class Way:
    """Between a program and Parley: `asked` counts what came through, and `open` lets its answers back."""

    def __init__(self, parley: Parley) -> None:
        self.asked = 0
        self.open = asyncio.Event()
        self._parley = parley

    async def forward(self, request: web.Request) -> web.Response:
        self.asked += 1
        url = self._parley.url + request.path
        async with aiohttp.ClientSession() as http, http.post(url, json=await request.json()) as answer:
            told = web.Response(status=answer.status, body=await answer.read(), content_type="application/json")
        await self.open.wait()
        return told


@pytest.fixture
def way(parley: Parley) -> Way:
    return Way(parley)


@pytest.fixture
async def somebody(parley: Parley, way: Way, aiohttp_server: AiohttpServer) -> Account:
    """Whose token is to be renewed, by this way."""
    app = web.Application()
    app.router.add_post("/api/auth/refresh", way.forward)
    somebody = await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    somebody.url = str((await aiohttp_server(app)).make_url("")).rstrip("/")
    somebody.expire()
    return somebody


async def test_a_refresh_whose_answer_is_lost_is_asked_for_again_in_time(
    somebody: Account, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "SECOND_AFTER_SECONDS", 0.5)
    waiting = asyncio.create_task(somebody.access_token())
    await eventually(lambda: way.asked == 2)
    way.open.set()
    first = await waiting
    somebody.expire()
    assert await somebody.access_token() != first  # the session goes on


async def test_a_renewal_for_which_nobody_waits_any_more_still_counts(somebody: Account, way: Way) -> None:
    gave_up = asyncio.create_task(somebody.access_token())
    await eventually(lambda: way.asked)
    gave_up.cancel()
    await asyncio.gather(gave_up, return_exceptions=True)
    way.open.set()
    await asyncio.gather(*(somebody.access_token() for _ in range(3)))
    assert way.asked == 1


async def made_token(parley: Parley, account: Account, **asked: object) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {await account.access_token()}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{parley.url}/api/auth/tokens", json={"name": "a bot", **asked}) as answer,
    ):
        assert answer.status == 201
        made: dict[str, str] = await answer.json()
        return made


async def test_a_program_signs_in_by_its_token_and_is_its_person(
    parley: Parley, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    program = await with_token(parley.url, (await made_token(parley, person))["token"])
    assert (program.person_id, program.name) == (person.person_id, person.name)
    monkeypatch.setattr(account, "RENEW_BEFORE_SECONDS", 10_000.0)
    again = await with_token(parley.url, (await made_token(parley, person))["token"])
    assert await again.access_token() != await again.access_token()


async def test_what_is_no_token_is_refused(parley: Parley) -> None:
    with pytest.raises(SignInRefused) as refused:
        await with_token(parley.url, "parley_pat_nonsense")
    assert refused.value.code == "bad_token"


async def test_a_revoked_token_loses_its_socket_within_five_seconds(parley: Parley) -> None:
    person = await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    made = await made_token(parley, person, scopes=["read"])
    program = await with_token(parley.url, made["token"])
    by_program = {"Authorization": f"Bearer {await program.access_token()}"}
    by_hand = {"Authorization": f"Bearer {await person.access_token()}"}
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{parley.url}/ws", headers=by_program) as socket:
        await socket.send_json({"op": "hello"})
        assert (await socket.receive_json(timeout=10))["op"] == "welcome"
        async with http.delete(f"{parley.url}/api/auth/tokens/{made['id']}", headers=by_hand) as answer:
            assert answer.status == 204
        async with asyncio.timeout(5):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, Close.SIGNED_OUT)


async def personal_token(parley: Parley, *scopes: str) -> str:
    """As somebody makes it on their account page."""
    somebody = await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    headers = {"Authorization": f"Bearer {await somebody.access_token()}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{parley.url}/api/auth/tokens", json={"name": "bot", "scopes": scopes}) as answer,
    ):
        return str((await answer.json())["token"])


async def test_a_program_signs_in_with_a_personal_token_and_renews_by_it(
    parley: Parley, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await personal_token(parley, "read", "write")
    with monkeypatch.context() as patch:
        patch.setattr(account, "RENEW_BEFORE_SECONDS", 10_000.0)  # so that each time is the time to renew
        bot = await with_token(parley.url, token)
        assert await bot.access_token() != await bot.access_token()
    async with Client(parley.url, bot) as client:
        assert (await client.send("lobby", "Hi")).seq


async def test_a_personal_token_goes_no_further_than_its_scopes(parley: Parley) -> None:
    bot = await with_token(parley.url, await personal_token(parley, "read"))
    async with Client(parley.url, bot) as client:
        assert "lobby" in client.rooms
        with pytest.raises(Refused) as refused:
            await client.send("lobby", "Hi")
        assert refused.value.code == "not_allowed"


async def test_a_token_that_is_none_is_refused(parley: Parley) -> None:
    with pytest.raises(SignInRefused) as refused:
        await with_token(parley.url, "no token")
    assert refused.value.code == "bad_token"
