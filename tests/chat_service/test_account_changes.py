"""What changes about people and sessions reaches every replica, and the sockets at it, however it gets there."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from chassis import application
from chassis.access_tokens import ACCESS_COOKIE
from chassis.wake_up import Caller
from chat_service import account_changes
from chat_service.account_changes import AccountChange, AccountChanges, AccountFeed, Handler
from chat_service.connections import Connections
from chat_service.cursors import Cursors
from chat_service.errors import Close
from chat_service.revocations import Revocations
from chat_service.store import StoreUnavailable
from tests.chat_service.eventually import eventually
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import PAGE, PUBLIC_URL, Issuer
from tests.chat_service.own_database import own_database
from tests.chat_service.replicas import Replicas, RunningReplica
from tests.chat_service.tcp_proxy import TcpProxy

PROMISED_SECONDS = 5.0


@pytest.fixture
async def wake(shared: dict[str, str]) -> AsyncIterator[Callable[[], None]]:
    """As auth calls after each change."""
    caller = Caller(shared["amqp_url"], "auth", shared["amqp_accounts_exchange"])
    running = asyncio.create_task(caller.run())
    yield caller.call
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# Sockets


async def test_an_ended_session_s_socket_closes_within_five_seconds_at_every_replica(
    chat: RunningReplica, other: RunningReplica, issuer: Issuer, wake: Callable[[], None]
) -> None:
    here, there = await chat.welcome(ADA), await other.welcome(ADA)
    at_work, bob = await chat.welcome(ADA, session="s-2"), await chat.welcome(BOB, session="s-3")
    issuer.record("session_ended", ADA, session="s-1")
    wake()
    async with asyncio.timeout(PROMISED_SECONDS):
        assert [await here.close_code(), await there.close_code()] == [Close.SIGNED_OUT, Close.SIGNED_OUT]
    await at_work.ping()
    await bob.ping()


@pytest.mark.parametrize("kind", ["person_disabled", "person_deleted"])
async def test_all_sockets_of_a_person_who_may_not_come_any_more_are_closed(
    chat: RunningReplica, issuer: Issuer, wake: Callable[[], None], kind: str
) -> None:
    first, second = await chat.welcome(ADA), await chat.welcome(ADA, session="s-2")
    bob = await chat.welcome(BOB, session="s-3")
    issuer.record(kind, ADA)
    wake()
    assert [await first.close_code(), await second.close_code()] == [Close.SIGNED_OUT, Close.SIGNED_OUT]
    await bob.ping()


async def test_a_socket_that_has_not_said_hello_closes_too(
    chat: RunningReplica, issuer: Issuer, wake: Callable[[], None]
) -> None:
    silent = await chat.connect(ADA)
    await eventually(lambda: len(chat.replica.connections._open) == 1)
    issuer.record("session_ended", ADA, session="s-1")
    wake()
    assert await silent.close_code() == Close.SIGNED_OUT


async def test_without_the_broker_it_closes_at_the_next_look(
    broker: TcpProxy, replicas: Replicas, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account_changes.POLL_SECONDS + account_changes.FETCH_TIMEOUT_SECONDS < 60
    monkeypatch.setattr(account_changes, "POLL_SECONDS", 0.2)
    chat = await replicas.start(amqp_url=broker.url)
    ada = await chat.welcome(ADA)
    broker.shut()
    await eventually(lambda: broker.connections == 0)
    issuer.record("session_ended", ADA, session="s-1")
    assert await ada.close_code() == Close.SIGNED_OUT


async def test_a_replica_that_has_no_broker_looks_by_itself(
    replicas: Replicas, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_changes, "POLL_SECONDS", 0.2)
    chat = await replicas.start(amqp_url=None)
    ada = await chat.welcome(ADA)
    issuer.record("session_ended", ADA, session="s-1")
    assert await ada.close_code() == Close.SIGNED_OUT


async def test_what_happened_while_the_broker_was_away_is_read_at_once_when_it_is_back(
    broker: TcpProxy, replicas: Replicas, issuer: Issuer
) -> None:
    chat = await replicas.start(amqp_url=broker.url)
    ada = await chat.welcome(ADA)
    broker.shut()
    await eventually(lambda: broker.connections == 0)
    issuer.record("session_ended", ADA, session="s-1")
    broker.open()
    assert await ada.close_code() == Close.SIGNED_OUT


# Tokens


async def test_a_token_of_an_ended_session_is_refused_wherever_it_is_shown(
    chat: RunningReplica, issuer: Issuer, wake: Callable[[], None]
) -> None:
    ada = await chat.welcome(ADA, session="s-2")
    issuer.record("session_ended", ADA, session="s-1")
    wake()
    token = issuer.token(ADA)
    async with asyncio.timeout(PROMISED_SECONDS):
        while (await chat.client.get("/api/rooms", headers={"Authorization": f"Bearer {token}"})).status != 401:
            await asyncio.sleep(0.01)
    assert await (await chat.connect(ADA)).close_code() == Close.SIGNED_OUT
    cookie = {"Cookie": f"{ACCESS_COOKIE}={token}", "Origin": PUBLIC_URL}
    assert await (await chat.connect_with(cookie)).close_code() == Close.SIGNED_OUT
    page = await chat.client.get("/", headers=cookie, allow_redirects=False)
    assert (page.status, page.headers["Location"]) == (303, "/login?next=/")
    await ada.say("renew", id="r-1", token=token)
    assert (await ada.answer("r-1"))["code"] == "invalid"


async def test_a_session_that_ended_before_the_replica_started_is_refused(replicas: Replicas, issuer: Issuer) -> None:
    for number in range(2 * PAGE):
        issuer.record("session_ended", ADA, session=f"s-{number}")
    chat = await replicas.start()
    assert await (await chat.connect(ADA, session="s-0")).close_code() == Close.SIGNED_OUT
    assert await (await chat.connect(ADA, session="s-5")).close_code() == Close.SIGNED_OUT
    await chat.welcome(ADA, session="s-6")


async def test_a_person_who_is_enabled_again_is_welcome(replicas: Replicas, issuer: Issuer) -> None:
    issuer.record("person_disabled", ADA)
    issuer.record("session_ended", ADA, session="s-1")
    issuer.record("person_enabled", ADA)
    chat = await replicas.start()
    assert await (await chat.connect(ADA)).close_code() == Close.SIGNED_OUT
    await chat.welcome(ADA, session="s-2")


async def test_while_auth_is_away_a_replica_goes_on_and_says_that_it_is_degraded(
    replicas: Replicas, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert account_changes.LONGEST_RETRY_SECONDS + account_changes.FETCH_TIMEOUT_SECONDS < 60  # of auth's return
    monkeypatch.setattr(account_changes, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(account_changes, "RETRY_SECONDS", 0.05)
    chat = await replicas.start()
    ada = await chat.welcome(ADA)
    issuer.away = True
    health = chat.app[application.HEALTH]
    async with asyncio.timeout(10):
        while (await health.readiness()).dependencies["account changes"] != "degraded":
            await asyncio.sleep(0.01)
    await ada.ping()
    await chat.welcome(BOB, session="s-2")
    issuer.away = False
    issuer.record("session_ended", ADA, session="s-1")
    assert await ada.close_code() == Close.SIGNED_OUT
    await chat.ready()


async def test_after_auth_came_back_from_a_backup_its_new_numbers_are_read(
    replicas: Replicas, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_changes, "POLL_SECONDS", 0.05)
    for number in range(5):
        issuer.record("session_ended", ADA, session=f"old-{number}")
    chat = await replicas.start()
    ada = await chat.welcome(ADA)
    issuer.changes.clear()
    issuer.record("session_ended", ADA, session="s-1")
    assert await ada.close_code() == Close.SIGNED_OUT


# What is applied to the database


class Applied:
    """A handler that remembers what it was given, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.seen: list[AccountChange] = []
        self.failures = failures

    async def __call__(self, change: AccountChange) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away")
        self.seen.append(change)

    @property
    def seqs(self) -> list[int]:
        return [change.seq for change in self.seen]


@pytest.fixture
async def cursors(mongo_url: str) -> AsyncIterator[Cursors]:
    async with own_database(mongo_url) as database:
        yield Cursors(database)


@pytest.fixture
async def follow(
    shared: dict[str, str], cursors: Cursors, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[Handler], Callable[[], object]]]:
    """Follow the feed with a handler of deletions; what it returns ends that, as when the whole service stops."""
    assert account_changes.LONGEST_RETRY_SECONDS + account_changes.FETCH_TIMEOUT_SECONDS < 60  # of auth's return
    monkeypatch.setattr(account_changes, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(account_changes, "RETRY_SECONDS", 0.05)
    tasks: list[asyncio.Task[None]] = []
    async with aiohttp.ClientSession() as http:

        def start(handler: Handler) -> Callable[[], object]:
            url = shared["jwks_url"].replace("/jwks.json", "/internal/account-changes")
            changes = AccountChanges(
                AccountFeed(url, http),
                Revocations(),
                Connections(),
                cursors,
                handlers={"person_deleted": handler},
                told=lambda _: None,
            )
            tasks.append(asyncio.create_task(changes.run(None, "chat1", "")))
            return tasks[-1].cancel

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_handler_gets_its_kind_of_change_in_order_with_all_that_was_said(
    issuer: Issuer, follow: Callable[[Handler], Callable[[], object]]
) -> None:
    issuer.record("person_renamed", BOB, name="Robert")
    for _ in range(2 * PAGE):
        issuer.record("person_deleted", ADA)
    last = issuer.record("person_deleted", BOB, erase=True)
    follow(applied := Applied())
    await eventually(lambda: last in applied.seqs)
    assert applied.seqs == list(range(2, last + 1))
    assert applied.seen[-1] == AccountChange(last, "person_deleted", BOB.id, erase=True)


async def test_what_happened_while_the_whole_service_was_away_is_applied_and_nothing_twice(
    issuer: Issuer, follow: Callable[[Handler], Callable[[], object]], cursors: Cursors
) -> None:
    first = issuer.record("person_deleted", ADA)
    stop = follow(before := Applied())
    await eventually(lambda: before.seqs == [first])
    async with asyncio.timeout(10):
        while await cursors.read("person_deleted") != first:
            await asyncio.sleep(0.01)
    stop()
    second = issuer.record("person_deleted", BOB)
    follow(after := Applied())
    await eventually(lambda: after.seqs == [second])


async def test_what_could_not_be_applied_is_tried_again_and_nothing_overtakes_it(
    issuer: Issuer, follow: Callable[[Handler], Callable[[], object]]
) -> None:
    issuer.record("person_deleted", ADA)
    issuer.record("person_deleted", BOB)
    follow(applied := Applied(failures=2))
    await eventually(lambda: len(applied.seen) == 2)
    assert applied.seqs == [1, 2]


async def test_deletions_of_a_feed_that_began_anew_are_applied_from_its_beginning(
    issuer: Issuer, follow: Callable[[Handler], Callable[[], object]]
) -> None:
    for _ in range(3):
        issuer.record("person_deleted", ADA)
    follow(applied := Applied())
    await eventually(lambda: len(applied.seen) == 3)
    issuer.changes.clear()
    issuer.record("person_deleted", BOB)
    await eventually(lambda: applied.seen[-1].person == BOB.id)
