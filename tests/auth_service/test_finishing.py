import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import PyMongoError
from structlog.testing import capture_logs

from auth_service import finishing
from auth_service.audit import Actor
from auth_service.changes import Change
from auth_service.finishing import keep_finishing, left_before
from auth_service.grants import Grant
from auth_service.personal_tokens import Asked, session_of
from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD, away


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finishing, "FINISH_SECONDS", 0.001)


@pytest.mark.usefixtures("soon")
async def test_it_goes_on_while_the_database_is_away_and_no_part_waits_for_another() -> None:
    finished = asyncio.Semaphore(0)

    async def finish() -> None:
        finished.release()

    with capture_logs() as logged:
        running = asyncio.create_task(keep_finishing({"names": away, "sessions": finish}))
        async with asyncio.timeout(10):
            for _ in range(2):
                await finished.acquire()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (logged[0]["event"], logged[0]["what"]) == ("not finished yet", "names")


def test_what_was_begun_just_now_is_left_to_whoever_began_it() -> None:
    now = datetime.now(UTC)
    assert now - left_before(now) == timedelta(seconds=30)


@pytest.mark.usefixtures("soon")
class TestTheService:
    """Finishes what it finds, without being started anew."""

    @pytest.fixture
    async def bob(self, services: Services) -> Grant:
        await services.grants.register("Root", PASSWORD)
        return await services.grants.register("Bob", PASSWORD)

    async def told_after(self, services: Services, act: Awaitable[object], monkeypatch: pytest.MonkeyPatch) -> Change:
        """What the feed of changes says in the end, though nothing could be written to it at first."""
        with monkeypatch.context() as broken:
            broken.setattr(services.changes, "record", away)
            with pytest.raises(PyMongoError):
                await act
            assert await services.changes.after(0) == []
        async with asyncio.timeout(10):
            while not (told := await services.changes.after(0)):
                await asyncio.sleep(0.01)
        return told[0]

    async def test_sessions(self, services: Services, bob: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
        act = services.sessions.end_all(bob.person.id)
        assert (await self.told_after(services, act, monkeypatch)).kind == "session_ended"

    async def test_tokens(self, services: Services, bob: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
        actor = Actor(bob.person.id)
        token, _ = await services.programs.make(actor, Asked("bot"))
        told = await self.told_after(services, services.programs.revoke(actor, token.id), monkeypatch)
        assert (told.kind, told.session) == ("session_ended", session_of(token.id))

    async def test_names(self, services: Services, bob: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
        told = await self.told_after(services, services.accounts.rename(bob.person.id, "Robert"), monkeypatch)
        assert (told.kind, told.name) == ("person_renamed", "Robert")

    async def test_passwords(self, services: Services, bob: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
        code = await services.reset_links.make(bob.person.id)
        with monkeypatch.context() as broken:
            broken.setattr(services.old_passwords, "end", away)
            with pytest.raises(PyMongoError):
                await services.resetting.reset(code, "nine purple walruses hum", "192.0.2.1")
        async with asyncio.timeout(10):
            while await services.sessions.of(bob.person.id):
                await asyncio.sleep(0.01)

    async def test_people_who_are_disabled(
        self, services: Services, bob: Grant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        act = services.administration.disable(Actor("root"), bob.person.id)
        await self.told_after(services, act, monkeypatch)
        async with asyncio.timeout(10):
            while not await services.changes.after(0, "person_disabled"):
                await asyncio.sleep(0.01)

    async def test_deletions(self, services: Services, bob: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
        act = services.deletion.delete(Actor(bob.person.id), erase=True)
        await self.told_after(services, act, monkeypatch)
        async with asyncio.timeout(10):
            while await services.people.find(bob.person.id):
                await asyncio.sleep(0.01)
        assert [change.person for change in await services.changes.after(0, "person_deleted")] == [bob.person.id]
