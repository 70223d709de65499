"""How a session goes on by renewing it, and what a token is good for that is old, forged or none."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from auth_service import metrics
from auth_service.changes import Changes
from auth_service.devices import Device
from auth_service.refresh_tokens import RefreshToken, RefreshTokens
from auth_service.sessions import Sessions
from chassis.mongo import Database
from tests.auth_service.clock import Clock
from tests.auth_service.renewing import assert_signed_out, rotated


@pytest.fixture(autouse=True)
def _ahead(clock: Clock) -> None:
    clock.pass_by(minutes=1)  # of the database's own, so that this one counts


async def test_a_session_goes_on_by_renewing_it(sessions: Sessions) -> None:
    begun = await sessions.begin("person-1")
    renewed = await sessions.renew(begun.refresh_token)
    assert (renewed.id, renewed.person) == (begun.id, "person-1")
    assert renewed.refresh_token != begun.refresh_token


async def test_two_tabs_that_renew_at_once_get_the_same_token(sessions: Sessions) -> None:
    begun = await sessions.begin("person-1")
    renewed = await asyncio.gather(*(sessions.renew(begun.refresh_token) for _ in range(10)))
    assert len({session.refresh_token for session in renewed}) == 1
    assert (await sessions.renew(renewed[0].refresh_token)).id == begun.id


async def test_an_answer_that_got_lost_can_be_asked_for_again(sessions: Sessions, clock: Clock) -> None:
    begun = await sessions.begin("person-1")
    lost = await sessions.renew(begun.refresh_token)
    clock.pass_by(seconds=9)
    assert await sessions.renew(begun.refresh_token) == lost


async def test_ten_seconds_later_it_is_reuse_and_ends_the_session(sessions: Sessions, clock: Clock) -> None:
    begun = await sessions.begin("person-1")
    renewed = await sessions.renew(begun.refresh_token)
    clock.pass_by(seconds=10)
    await assert_signed_out(sessions, begun.refresh_token)
    await assert_signed_out(sessions, renewed.refresh_token)


async def test_who_waited_for_the_database_is_judged_by_when_they_came(
    sessions: Sessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await sessions.begin("person-1")
    renewed = await sessions.renew(begun.refresh_token)
    try_to_rotate = sessions._sessions.find_one_and_update

    async def late(*asked: Any, **told: Any) -> Any:
        clock.pass_by(seconds=12)
        return await try_to_rotate(*asked, **told)

    monkeypatch.setattr(sessions._sessions, "find_one_and_update", late)
    assert await sessions.renew(begun.refresh_token) == renewed


async def test_what_the_database_did_late_is_asked_for_again_from_then_on(sessions: Sessions, clock: Clock) -> None:
    begun = await sessions.begin("person-1")
    clock.pass_by(minutes=-3)  # it was asked two minutes ago, by its own clock, and does it now
    renewed = await sessions.renew(begun.refresh_token)
    clock.pass_by(minutes=2)
    assert await sessions.renew(begun.refresh_token) == renewed


async def test_a_devices_name_is_stored_as_it_is(sessions: Sessions) -> None:
    begun = await sessions.begin("person-1")
    await sessions.renew(begun.refresh_token, Device("$password $$NOW", "192.0.2.7"))
    (found,) = await sessions.of("person-1")
    assert (found.device, found.address) == ("$password $$NOW", "192.0.2.7")


async def test_once_the_successor_was_used_its_predecessor_is_reuse(sessions: Sessions) -> None:
    first = await sessions.begin("person-1")
    second = await sessions.renew(first.refresh_token)
    third = await sessions.renew(second.refresh_token)
    await assert_signed_out(sessions, first.refresh_token)
    await assert_signed_out(sessions, third.refresh_token)


@pytest.mark.parametrize("age", [2, 3, 5])
async def test_reuse_of_any_older_token_ends_the_session(sessions: Sessions, clock: Clock, age: int) -> None:
    tokens = await rotated(sessions, clock, 5)
    await assert_signed_out(sessions, tokens[-1 - age])
    await assert_signed_out(sessions, tokens[-1])


async def test_reuse_ends_no_other_session(sessions: Sessions, clock: Clock) -> None:
    other = await sessions.begin("person-1")
    tokens = await rotated(sessions, clock, 2)
    await assert_signed_out(sessions, tokens[0])
    assert (await sessions.renew(other.refresh_token)).id == other.id


async def test_reuse_is_logged_without_the_token(sessions: Sessions, clock: Clock) -> None:
    tokens = await rotated(sessions, clock, 2)
    with capture_logs() as logged:
        await assert_signed_out(sessions, tokens[0])
    assert "refresh token reused" in {event["event"] for event in logged if event["log_level"] == "warning"}
    assert tokens[0].rpartition(".")[2] not in repr(logged)


@pytest.mark.parametrize("forged", [None, "", "x", "..", "\udcff", "x" * 10_000])
async def test_what_is_no_token_is_refused(sessions: Sessions, forged: str | None) -> None:
    await assert_signed_out(sessions, forged)


async def test_a_forged_token_does_not_end_the_session_it_names(sessions: Sessions, clock: Clock) -> None:
    *_, current = await rotated(sessions, clock, 3)
    session, counter, mac = current.split(".")
    for forged in (
        RefreshTokens("another secret").seal(RefreshToken(session, 0)),
        f"{session}.0.{mac}",
        f"{session}.{counter}.",
        f"{session}.{counter}.{mac[::-1]}",
        current[:-1],
    ):
        await assert_signed_out(sessions, forged)
    assert (await sessions.renew(current)).id == session


async def test_a_session_left_alone_for_30_days_is_over(sessions: Sessions, clock: Clock) -> None:
    begun = await sessions.begin("person-1")
    clock.pass_by(days=30)
    await assert_signed_out(sessions, begun.refresh_token)


async def test_a_session_in_use_goes_on_for_a_year_and_no_longer(sessions: Sessions, clock: Clock) -> None:
    token = (await sessions.begin("person-1")).refresh_token
    for _ in range(12):
        clock.pass_by(days=29)
        token = (await sessions.renew(token)).refresh_token
    clock.pass_by(days=365 - 12 * 29)
    await assert_signed_out(sessions, token)


async def test_asking_for_the_current_session_changes_nothing(
    sessions: Sessions, clock: Clock, database: Database
) -> None:
    old = await sessions.begin("ada")
    new = await sessions.renew(old.refresh_token)
    before = await database["sessions"].find_one({})
    assert await sessions.current(new.refresh_token) == await sessions.current(old.refresh_token) == new
    clock.pass_by(seconds=10)
    assert await sessions.current(new.refresh_token) == new
    assert await sessions.current(old.refresh_token) is None
    assert await sessions.current("garbage") is None
    assert await sessions.current(None) is None
    assert await database["sessions"].find_one({}) == before


async def test_reuse_is_in_the_feed_and_counted(sessions: Sessions, changes: Changes, clock: Clock) -> None:
    before = metrics.REFRESH_REUSED._value.get()
    tokens = await rotated(sessions, clock, 2)
    await assert_signed_out(sessions, tokens[0])
    assert len(await changes.after(0)) == 1
    assert metrics.REFRESH_REUSED._value.get() == before + 1
