import asyncio
import re
from pathlib import Path
from typing import NoReturn

import pytest
from structlog.testing import capture_logs

from chassis import health, probe
from chassis.health import Health, Readiness, State
from deploy import routes

ROOT = Path(__file__).resolve().parents[2]


async def fine() -> State:
    return "ok"


async def limping() -> State:
    return "degraded"


async def broken() -> NoReturn:
    raise OSError("no route to host")


async def hanging() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


@pytest.fixture
def checked() -> Health:
    checked = Health()
    checked.depends_on("mongodb", fine)
    return checked


async def test_before_the_first_request_can_be_served_it_is_starting(checked: Health) -> None:
    readiness = await checked.readiness()
    assert readiness == Readiness("starting", {"mongodb": "ok"})
    assert not readiness.serving


async def test_once_serving_it_is_ready(checked: Health) -> None:
    checked.serving()
    readiness = await checked.readiness()
    assert readiness == Readiness("ready", {"mongodb": "ok"})
    assert readiness.serving


async def test_what_depends_on_nothing_is_ready() -> None:
    independent = Health()
    independent.serving()
    assert await independent.readiness() == Readiness("ready", {})


@pytest.mark.parametrize(("check", "state"), [(limping, "degraded"), (broken, "down")])
async def test_a_shared_dependency_in_trouble_degrades_but_goes_on_serving(
    checked: Health, check: health.Check, state: State
) -> None:
    checked.depends_on("rabbitmq", check)
    checked.serving()
    readiness = await checked.readiness()
    assert readiness == Readiness("degraded", {"mongodb": "ok", "rabbitmq": state})
    assert readiness.serving


async def test_on_the_way_out_it_is_draining_and_no_longer_serving(checked: Health) -> None:
    checked.serving()
    checked.draining()
    readiness = await checked.readiness()
    assert readiness.status == "draining"
    assert not readiness.serving


async def test_a_check_that_hangs_counts_as_down_within_its_timeout(
    checked: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.05)
    checked.depends_on("rabbitmq", hanging)
    checked.serving()
    async with asyncio.timeout(10):
        assert (await checked.readiness()).dependencies == {"mongodb": "ok", "rabbitmq": "down"}


async def test_checks_that_hang_do_not_wait_for_each_other(checked: Health, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.5)
    for number in range(20):
        checked.depends_on(f"server {number}", hanging)
    async with asyncio.timeout(5):
        readiness = await checked.readiness()
    assert list(readiness.dependencies.values()) == ["ok", *["down"] * 20]


def test_a_check_is_given_up_long_before_a_prober_gives_up_on_us() -> None:
    gateway = re.findall(r"^ +timeout: (\d+)s$", (ROOT / "gateway/routes.yml").read_text(), re.MULTILINE)
    assert gateway
    probers = (probe.TIMEOUT_SECONDS, routes.PROBE_TIMEOUT_SECONDS, *map(float, gateway))
    assert min(probers) / 2 > health.CHECK_TIMEOUT_SECONDS


async def test_why_a_dependency_is_down_is_logged(checked: Health) -> None:
    checked.depends_on("rabbitmq", broken)
    with capture_logs() as logged:
        await checked.readiness()
    assert logged == [
        {
            "event": "dependency down",
            "dependency": "rabbitmq",
            "reason": "OSError('no route to host')",
            "log_level": "warning",
        }
    ]
