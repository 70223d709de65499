"""Whose tokens are taken back, and for how long that is remembered."""

import pytest

from chassis.access_tokens import LEEWAY_SECONDS, LIFETIME_SECONDS, Identity
from chassis.problems import Problem
from chat_service.revocations import REMEMBERED_SECONDS, Revocations

ADA_AT_HOME = Identity("ada", "Ada", "home", 0.0)
ADA_AT_WORK = Identity("ada", "Ada", "work", 0.0)
BOB = Identity("bob", "Bob", "phone", 0.0)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def revocations(clock: Clock) -> Revocations:
    revocations = Revocations(clock)
    revocations.learned()
    return revocations


def covered(revocations: Revocations) -> set[str]:
    return {one.session for one in (ADA_AT_HOME, ADA_AT_WORK, BOB) if revocations.covers(one)}


def test_an_ended_session_is_refused_and_no_other(revocations: Revocations) -> None:
    revocations.end("home")
    assert covered(revocations) == {"home"}


def test_a_person_who_is_shut_out_is_refused_in_every_session(revocations: Revocations) -> None:
    revocations.shut_out("ada")
    assert covered(revocations) == {"home", "work"}


def test_who_is_let_in_again_is_welcome_but_not_in_what_ended(revocations: Revocations) -> None:
    revocations.end("home")
    revocations.shut_out("ada")
    revocations.let_in("ada")
    assert covered(revocations) == {"home"}


def test_it_is_remembered_for_longer_than_any_token_lasts(revocations: Revocations, clock: Clock) -> None:
    revocations.end("home")
    clock.now += LIFETIME_SECONDS + LEEWAY_SECONDS + 1
    revocations.end("other")
    assert covered(revocations) == {"home"}


def test_what_is_over_takes_no_memory(revocations: Revocations, clock: Clock) -> None:
    for number in range(100):
        revocations.end(f"session-{number}")
    clock.now += REMEMBERED_SECONDS
    revocations.end("home")
    assert list(revocations._sessions) == ["home"]


def test_until_it_knows_what_happened_lately_nobody_is_recognised() -> None:
    with pytest.raises(Problem) as refused:
        Revocations().covers(BOB)
    assert (refused.value.status, refused.value.code) == (503, "unavailable")
