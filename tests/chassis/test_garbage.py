import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from chassis import application, garbage
from chassis.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def test_what_lives_when_a_service_starts_is_not_looked_through_again() -> None:
    long_lived: list[list[int]] = [[] for _ in range(100)]
    assert any(one is long_lived for one in gc.get_objects())
    await garbage.spare_what_stays(web.Application())
    assert not any(one is long_lived for one in gc.get_objects())


async def test_what_comes_and_goes_with_messages_starts_no_round() -> None:
    await garbage.spare_what_stays(web.Application())
    rounds = gc.get_stats()[0]["collections"]
    messages = [{"text": str(number)} for number in range(10_000)]
    assert gc.get_stats()[0]["collections"] == rounds
    assert len(messages) == 10_000


async def test_cycles_are_collected_in_the_end() -> None:
    await garbage.spare_what_stays(web.Application())
    rounds = gc.get_stats()[0]["collections"]
    for _ in range(2 * garbage.YOUNGEST):  # what others free meanwhile is counted off
        cycle: list[object] = []
        cycle.append(cycle)
    assert gc.get_stats()[0]["collections"] > rounds


def test_every_service_is_run_so(settings: ServiceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "run_app", lambda *_, **__: None)
    app = application.create(settings, tmp_path, 1024)
    application.run(app, settings)
    assert garbage.spare_what_stays in app.on_startup
