"""How fast one person may write."""

import time

import pytest

from chat_service import pace as paces
from chat_service.errors import RateLimited
from chat_service.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def spend_all(pace: Pace, person: str = "p-ada") -> int:
    for count in range(1000):
        try:
            pace.spend(person)
        except RateLimited:
            return count
    return 1000


def test_so_many_at_once_and_then_so_many_a_second(clock: list[float]) -> None:
    pace = Pace(2.0)
    assert spend_all(pace) == 2 * paces.BURST_SECONDS
    clock[0] += 5.0
    assert spend_all(pace) == 10


def test_who_has_to_wait_is_told_how_long(clock: list[float]) -> None:
    pace = Pace(2.0)
    spend_all(pace)
    with pytest.raises(RateLimited) as refused:
        pace.spend("p-ada")
    assert refused.value.retry_after == 0.5
    clock[0] += 0.5
    pace.spend("p-ada")


@pytest.mark.usefixtures("clock")
def test_everybody_has_a_pace_of_their_own() -> None:
    pace = Pace(2.0)
    spend_all(pace)
    pace.spend("p-bob")


@pytest.mark.usefixtures("clock")
def test_so_many_people_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "MAX_BUCKETS", 10)
    pace = Pace(2.0)
    for number in range(50):
        pace.spend(f"p-{number}")
    assert len(pace._buckets) == 10
