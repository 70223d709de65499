"""The account-change feed: one order, no hole, and what has to last lasts."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from auth_service.changes import KEPT, MAX_PAGE, Change, Changes
from chassis.mongo import Database
from tests.auth_service.clock import Clock


class Bell:
    rung = 0

    def __call__(self) -> None:
        self.rung += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def changes(database: Database, bell: Bell, clock: Clock) -> Changes:
    changes = Changes(database, bell, clock)
    await changes.prepare()
    return changes


async def test_a_change_is_numbered_dated_and_told(changes: Changes, bell: Bell, clock: Clock) -> None:
    await changes.record("session_ended", "ada", session="s-1")
    await changes.record("person_renamed", "ada", name="Countess")
    await changes.record("person_deleted", "ada", erase=True)
    at = int(clock().timestamp() * 1000)
    assert await changes.after(0) == [
        Change(1, at, "session_ended", "ada", session="s-1"),
        Change(2, at, "person_renamed", "ada", name="Countess"),
        Change(3, at, "person_deleted", "ada", erase=True),
    ]
    assert bell.rung == 3


async def test_changes_of_several_replicas_at_once_are_numbered_without_a_hole(
    database: Database, changes: Changes, bell: Bell
) -> None:
    other = Changes(database, bell)
    await asyncio.gather(
        *(who.record("session_ended", "ada", session=f"s-{n}") for n in range(10) for who in (changes, other))
    )
    assert [change.seq for change in await changes.after(0)] == list(range(1, 21))


async def test_a_reader_goes_on_where_it_stopped_and_may_ask_for_one_kind(changes: Changes) -> None:
    for person in ("ada", "bob"):
        await changes.record("person_disabled", person)
        await changes.record("person_deleted", person)
    assert [change.seq for change in await changes.after(2)] == [3, 4]
    assert [change.person for change in await changes.after(2, "person_deleted")] == ["bob"]
    assert await changes.after(4) == []


async def test_a_page_is_bounded(changes: Changes, database: Database, clock: Clock) -> None:
    made = [{"seq": seq, "at": clock(), "kind": "person_enabled", "person": "ada"} for seq in range(1, MAX_PAGE + 2)]
    await database["changes"].insert_many(made)
    assert [change.seq for change in await changes.after(0)] == list(range(1, MAX_PAGE + 1))


async def test_one_can_begin_with_what_happened_lately(changes: Changes, clock: Clock) -> None:
    assert await changes.before(timedelta(minutes=10)) == 0
    await changes.record("person_disabled", "ada")
    clock.pass_by(minutes=11)
    assert await changes.before(timedelta(minutes=10)) == 1
    await changes.record("person_disabled", "bob")
    await changes.record("person_disabled", "eve")
    clock.pass_by(minutes=9)
    assert await changes.before(timedelta(minutes=10)) == 1


async def test_old_ends_of_sessions_are_forgotten_and_deletions_and_renames_never(
    changes: Changes, clock: Clock
) -> None:
    await changes.record("session_ended", "ada", session="s-1")
    await changes.record("person_renamed", "ada", name="Countess")
    await changes.record("person_deleted", "ada")
    clock.pass_by(seconds=KEPT.total_seconds() + 1)
    await changes.record("person_disabled", "bob")
    assert [change.kind for change in await changes.after(0)] == ["person_renamed", "person_deleted", "person_disabled"]


async def test_the_head_never_goes_back_however_long_nothing_happens(changes: Changes, clock: Clock) -> None:
    for number in range(3):
        clock.pass_by(days=400)
        await changes.record("session_ended", "ada", session=f"s-{number}")
        assert await changes.head() == number + 1


async def test_a_change_is_logged(changes: Changes) -> None:
    with capture_logs() as logged:
        await changes.record("person_disabled", "ada")
    (line,) = logged
    assert (line["event"], line["kind"], line["person"], line["seq"]) == (
        "account changed",
        "person_disabled",
        "ada",
        1,
    )
