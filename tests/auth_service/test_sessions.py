"""How a session ends, and what its person sees of it while it lasts."""

import asyncio

import pytest
from structlog.testing import capture_logs

from auth_service.changes import Changes
from auth_service.devices import Device
from auth_service.refresh_tokens import RefreshToken, RefreshTokens
from auth_service.sessions import Sessions
from chassis.mongo import Database
from tests.auth_service.clock import Clock
from tests.auth_service.renewing import assert_signed_out, rotated


async def test_each_session_is_another(sessions: Sessions) -> None:
    first, second = await sessions.begin("person-1"), await sessions.begin("person-1")
    await sessions.end(first.id)
    assert (await sessions.renew(second.refresh_token)).id == second.id


async def test_nothing_in_the_database_is_a_token(sessions: Sessions, database: Database) -> None:
    begun = await sessions.begin("person-1")
    stored = repr(await database["sessions"].find_one({}))
    assert begun.refresh_token not in stored
    assert begun.refresh_token.rpartition(".")[2] not in stored


async def test_the_database_removes_what_is_over(sessions: Sessions, database: Database) -> None:
    indexes = await database["sessions"].index_information()
    expiring = {index["key"][0][0]: index.get("expireAfterSeconds") for index in indexes.values()}
    assert expiring["idle_until"] == 0
    assert expiring["ends_at"] == 0


async def test_an_ended_session_is_over(sessions: Sessions) -> None:
    begun = await sessions.begin("person-1")
    await sessions.end(begun.id)
    await assert_signed_out(sessions, begun.refresh_token)


async def test_ending_what_is_over_is_no_mistake(sessions: Sessions) -> None:
    begun = await sessions.begin("person-1")
    await sessions.end(begun.id)
    await sessions.end(begun.id)
    await sessions.end("never begun")


async def test_a_token_that_is_no_longer_current_still_ends_its_session(sessions: Sessions, clock: Clock) -> None:
    tokens = await rotated(sessions, clock, 2)
    await sessions.end_by_token(tokens[0])
    await assert_signed_out(sessions, tokens[-1])


async def test_a_forged_token_ends_nothing(sessions: Sessions) -> None:
    begun = await sessions.begin("person-1")
    await sessions.end_by_token(RefreshTokens("another secret").seal(RefreshToken(begun.id, 0)))
    await sessions.end_by_token("\udcff")
    assert (await sessions.renew(begun.refresh_token)).id == begun.id


async def test_beginning_and_ending_are_logged(sessions: Sessions) -> None:
    with capture_logs() as logged:
        begun = await sessions.begin("person-1")
        await sessions.end(begun.id)
    assert [(event["event"], event["person"]) for event in logged] == [
        ("signed in", "person-1"),
        ("signed out", "person-1"),
        ("account changed", "person-1"),
    ]
    assert begun.refresh_token not in repr(logged)


# What its person sees of it


PHONE, LAPTOP = Device("Safari on iPhone", "192.0.2.7"), Device("Firefox on Linux", "2001:db8::1")


async def test_a_person_sees_their_sessions_the_last_used_first(sessions: Sessions, clock: Clock) -> None:
    began = clock()
    phone = await sessions.begin("ada", PHONE)
    clock.pass_by(hours=1)
    laptop = await sessions.begin("ada", LAPTOP)
    await sessions.begin("bob", PHONE)
    clock.pass_by(hours=1)
    await sessions.renew(phone.refresh_token, Device("Safari on iPhone", "192.0.2.99"))
    first, second = await sessions.of("ada")
    assert (first.id, first.device, first.address) == (phone.id, "Safari on iPhone", "192.0.2.99")
    assert (second.id, second.device, second.address) == (laptop.id, "Firefox on Linux", "2001:db8::1")
    assert abs((first.created_at - began).total_seconds()) < 0.01  # MongoDB keeps milliseconds
    assert abs((first.used_at - clock()).total_seconds()) < 0.01


async def test_sessions_that_are_over_are_not_shown(sessions: Sessions, clock: Clock) -> None:
    ended, _left_alone = await sessions.begin("ada"), await sessions.begin("ada")
    await sessions.end(ended.id)
    assert len(await sessions.of("ada")) == 1
    clock.pass_by(days=30)
    assert await sessions.of("ada") == []


async def test_a_session_from_before_devices_were_noted_is_shown_too(sessions: Sessions, database: Database) -> None:
    await sessions.begin("ada", PHONE)
    await database["sessions"].update_many({}, {"$unset": {"device": True, "address": True}})
    (shown,) = await sessions.of("ada")
    assert (shown.device, shown.address) == ("Unknown device", "")


async def test_only_their_person_can_end_a_session_by_its_id(sessions: Sessions) -> None:
    adas = await sessions.begin("ada")
    assert not await sessions.end(adas.id, "bob")
    assert not await sessions.end("never begun", "ada")
    assert await sessions.is_open(adas.id, "ada")
    assert await sessions.end(adas.id, "ada")
    assert not await sessions.is_open(adas.id, "ada")


async def test_all_but_one_can_be_ended_and_nobody_else_s(sessions: Sessions) -> None:
    kept, *_others = [await sessions.begin("ada") for _ in range(4)]
    await sessions.begin("bob")
    assert await sessions.end_all("ada", but=kept.id) == 3
    assert [session.id for session in await sessions.of("ada")] == [kept.id]
    assert len(await sessions.of("bob")) == 1
    assert await sessions.end_all("ada") == 1


# Its end is told


async def test_the_end_of_a_session_is_in_the_feed_of_changes_once(sessions: Sessions, changes: Changes) -> None:
    begun = await sessions.begin("ada")
    await asyncio.gather(*(sessions.end(begun.id) for _ in range(5)))
    assert [(told.kind, told.person, told.session) for told in await changes.after(0)] == [
        ("session_ended", "ada", begun.id)
    ]


async def test_an_end_that_could_not_be_told_ends_the_session_at_once_and_is_told_later(
    sessions: Sessions, changes: Changes, clock: Clock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_args: object, **_told: object) -> None:
        raise ConnectionError

    begun = await sessions.begin("ada")
    with monkeypatch.context() as broken:
        broken.setattr(changes, "record", dies)
        with pytest.raises(ConnectionError):
            await sessions.end(begun.id)
    await assert_signed_out(sessions, begun.refresh_token)
    assert await sessions.of("ada") == []
    clock.pass_by(minutes=1)
    await sessions.finish()
    assert [told.session for told in await changes.after(0)] == [begun.id]
    assert await database["sessions"].count_documents({}) == 0
