"""The handshake at `/ws`: who may have a socket."""

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from chassis.access_tokens import ACCESS_COOKIE
from chassis.jwks import RemoteKeys
from chat_service.errors import Close
from chat_service.events import Person
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import PUBLIC_URL, Issuer
from tests.chat_service.replicas import RunningReplica

FOREIGN_ORIGINS = {
    "another site": "https://evil.test",
    "a name that ends like ours": "https://evilparley.test",
    "a name that begins like ours": "https://parley.test.evil.test",
    "a part of ours": "https://sub.parley.test",
    "another scheme": "http://parley.test",
    "another port": "https://parley.test:8443",
    "a path": "https://parley.test/",
    "null": "null",
    "nothing": "",
    "other letters": "https://PARLEY.test",
}


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"{ACCESS_COOKIE}={token}"}


async def test_a_program_is_known_by_its_bearer_token(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA)
    assert (await talker.hello())["you"] == {"id": "p-ada", "name": "Ada"}


async def test_a_browser_is_known_by_its_cookie(chat: RunningReplica, issuer: Issuer) -> None:
    talker = await chat.connect_with(cookie(issuer.token(ADA)) | {"Origin": PUBLIC_URL})
    assert (await talker.hello())["you"]["name"] == "Ada"


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS.values(), ids=FOREIGN_ORIGINS)
async def test_a_socket_with_a_cookie_from_a_foreign_origin_is_refused(
    chat: RunningReplica, issuer: Issuer, origin: str
) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await chat.connect_with(cookie(issuer.token(ADA)) | {"Origin": origin})
    assert refused.value.status == 403


async def test_a_socket_with_a_cookie_and_no_origin_is_refused(chat: RunningReplica, issuer: Issuer) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await chat.connect_with(cookie(issuer.token(ADA)))
    assert refused.value.status == 403


async def test_credentials_that_a_browser_adds_by_itself_are_no_way_around_the_origin(
    chat: RunningReplica, issuer: Issuer
) -> None:
    headers = cookie(issuer.token(ADA)) | {"Origin": "https://evil.test", "Authorization": "Basic YTpi"}
    with pytest.raises(WSServerHandshakeError) as refused:
        await chat.connect_with(headers)
    assert refused.value.status == 403


async def test_a_bearer_token_counts_and_not_the_cookie_beside_it(chat: RunningReplica, issuer: Issuer) -> None:
    headers = cookie(issuer.token(ADA)) | {"Origin": "https://evil.test", "Authorization": "Bearer nonsense"}
    assert await (await chat.connect_with(headers)).close_code() == Close.UNAUTHENTICATED


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "x" * 5000])
async def test_a_token_that_is_none_is_told_by_the_close_code(chat: RunningReplica, token: str) -> None:
    talker = await chat.connect_with({"Authorization": f"Bearer {token}"})
    assert await talker.close_code() == Close.UNAUTHENTICATED


async def test_a_browser_without_a_token_is_told_by_the_close_code(chat: RunningReplica) -> None:
    talker = await chat.connect_with({"Origin": PUBLIC_URL})
    assert await talker.close_code() == Close.UNAUTHENTICATED


async def test_a_token_of_another_issuers_key_is_told_by_the_close_code(chat: RunningReplica) -> None:
    talker = await chat.connect_with({"Authorization": f"Bearer {Issuer().token(ADA)}"})
    assert await talker.close_code() == Close.UNAUTHENTICATED


async def test_a_token_for_another_site_is_told_by_the_close_code(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA, public_url="https://other.test")
    assert await talker.close_code() == Close.UNAUTHENTICATED


async def test_an_expired_token_is_told_apart(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA, seconds=-60)
    assert await talker.close_code() == Close.TOKEN_EXPIRED


async def test_whoever_was_refused_is_not_here(chat: RunningReplica) -> None:
    await (await chat.connect_with({"Authorization": "Bearer nonsense"})).close_code()
    talker = await chat.welcome(ADA)
    assert (await talker.page())["events"][-1]["author"]["name"] == "Ada"
    assert len(chat.replica.connections._open) == 1


async def test_a_plain_request_is_told_to_upgrade(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.get("/ws", headers={"Authorization": f"Bearer {issuer.token(ADA)}"})
    assert answer.status == 400
    assert answer.content_type == "application/problem+json"


async def test_frames_are_not_compressed(chat: RunningReplica, issuer: Issuer) -> None:
    headers = {"Authorization": f"Bearer {issuer.token(ADA)}"}
    socket = await chat.client.ws_connect("/ws", headers=headers, compress=15)
    assert socket.compress == 0


async def test_a_replica_that_has_no_keys_yet_turns_nobody_away_for_good(
    chat: RunningReplica, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ClientSession() as http:
        keyless = RemoteKeys("http://127.0.0.1:9/jwks.json", http)
        monkeypatch.setattr(chat.replica.access_tokens, "_find_key", keyless.find)
        talker = await chat.connect(ADA)
        assert await talker.close_code() == Close.UNAVAILABLE
        page = await chat.client.get("/", headers=cookie(issuer.token(ADA)), allow_redirects=False)
        assert (page.status, page.headers["Retry-After"]) == (503, "1")  # not to /login, which would send them back


async def test_a_token_for_programs_needs_the_scope_to_read(chat: RunningReplica) -> None:
    assert await (await chat.connect(ADA, scope="write")).close_code() == Close.UNAUTHENTICATED


async def test_a_token_that_may_only_read_reads_and_sends_nothing(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA, scope="read")
    await talker.hello()
    await talker.say("history", id="1", room="lobby")
    assert (await talker.answer("1"))["op"] == "page"
    await talker.say("send", id="2", room="lobby", text="hello")
    refused = await talker.answer("2")
    assert (refused["op"], refused["code"]) == ("error", "not_allowed")
    await talker.say("history", id="3", room="lobby")
    assert "hello" not in str(await talker.answer("3"))


async def test_a_token_with_the_scope_to_write_sends(chat: RunningReplica) -> None:
    talker = await chat.connect(ADA, scope="read write")
    await talker.hello()
    assert (await talker.send("hello"))["op"] == "ok"


async def test_a_token_s_invitation_leads_into_its_room(chat: RunningReplica) -> None:
    ada = await chat.welcome(ADA)
    await ada.say("create", id="c-1", name="cellar", kind="private")
    room = (await ada.hear("room"))["room"]["id"]
    invited = [{"id": "i-1", "room": room, "by": ADA.id}]
    bob = await chat.connect(BOB, invitations=invited)
    assert room in {one["id"] for one in (await bob.hello())["rooms"]}
    uninvited = await chat.connect(Person("p-eve", "Eve"))
    assert room not in {one["id"] for one in (await uninvited.hello())["rooms"]}


async def test_an_invitation_that_comes_with_a_renewed_token_leads_there_too(chat: RunningReplica) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB)
    room = (await ada.do("create", name="cellar", kind="private"))["room"]
    await bob.do("renew", token=chat.issuer.token(BOB, invitations=[{"id": "i-1", "room": room, "by": ADA.id}]))
    assert (await bob.hear("room"))["room"]["id"] == room


async def test_a_token_says_who_administers(chat: RunningReplica) -> None:
    assert (await (await chat.connect(ADA, admin=True)).hello()).get("admin") is True
    assert not (await (await chat.connect(BOB)).hello()).get("admin")
    program = await chat.connect(ADA, admin=True, scope="read write")
    assert not (await program.hello()).get("admin")


async def test_the_addresses_of_one_ipv6_network_are_one(chat: RunningReplica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat.replica.addresses, "_at_most", 1)
    token = {"Authorization": f"Bearer {chat.issuer.token(ADA)}"}
    await (await chat.connect_with(token | {"X-Forwarded-For": "2001:db8:1:2::1"})).hello()
    neighbour = await chat.connect_with(token | {"X-Forwarded-For": "2001:db8:1:2:3:4:5:6"})
    assert await neighbour.close_code() == Close.TOO_MANY_CONNECTIONS
    await (await chat.connect_with(token | {"X-Forwarded-For": "2001:db8:1:3::1"})).hello()


async def test_sockets_of_one_address_are_counted_before_they_say_hello(
    chat: RunningReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.replica.addresses, "_at_most", 1)
    token = {"Authorization": f"Bearer {chat.issuer.token(ADA)}"}
    first = await chat.connect_with(token | {"X-Forwarded-For": "198.51.100.9, 192.0.2.1"})
    lied = await chat.connect_with(token | {"X-Forwarded-For": "198.51.100.8, 192.0.2.1"})
    assert await lied.close_code() == Close.TOO_MANY_CONNECTIONS
    await (await chat.connect_with(token | {"X-Forwarded-For": "192.0.2.2"})).hello()
    await first.socket.close()
    await eventually(lambda: chat.replica.addresses._sockets.keys() == {"192.0.2.2"})
    await (await chat.connect_with(token | {"X-Forwarded-For": "192.0.2.1"})).hello()
