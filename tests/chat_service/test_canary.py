"""When a replica is deaf, by a clock that the tests move."""

import pytest

from chat_service import canary
from chat_service.canary import Canary


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(canary, "time", clock)
    return clock


def test_one_that_returns_is_not_missed(clock: Clock) -> None:
    bird = Canary()
    payload = bird.send()
    bird.confirmed(payload)
    bird.returned(payload)
    clock.now += 100
    assert not bird.missed


def test_one_that_returns_before_its_confirmation_is_noticed_is_not_missed(clock: Clock) -> None:
    bird = Canary()
    payload = bird.send()
    bird.returned(payload)
    bird.confirmed(payload)
    clock.now += 100
    assert not bird.missed


def test_one_that_does_not_return_is_missed_after_a_while_and_given_up_later(clock: Clock) -> None:
    bird = Canary()
    bird.confirmed(bird.send())
    clock.now += canary.PATIENCE_SECONDS
    assert not bird.missed
    clock.now += 0.1
    assert bird.missed
    assert not bird.deaf
    clock.now += canary.DEAF_SECONDS
    assert bird.deaf


def test_patience_counts_from_the_first_that_did_not_return(clock: Clock) -> None:
    bird = Canary()
    for _ in range(3):
        bird.confirmed(bird.send())
        clock.now += canary.PATIENCE_SECONDS / 2
    assert bird.missed


def test_one_that_the_broker_did_not_take_is_not_missed(clock: Clock) -> None:
    bird = Canary()
    bird.send()
    clock.now += 100
    assert not bird.missed


def test_those_of_an_old_queue_are_not_missed(clock: Clock) -> None:
    bird = Canary()
    lost, late = bird.send(), bird.send()
    bird.confirmed(lost)
    bird.fresh_queue()
    bird.confirmed(late)
    clock.now += 100
    assert not bird.missed


def test_after_a_late_return_all_is_well_again(clock: Clock) -> None:
    bird = Canary()
    payload = bird.send()
    bird.confirmed(payload)
    clock.now += canary.PATIENCE_SECONDS + 1
    assert bird.missed
    bird.returned(payload)
    assert not bird.missed
