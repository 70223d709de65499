"""Seals that only the service can make."""

import pytest

from auth_service.seals import Seals

SEALS = Seals("a secret", "a purpose")


def test_what_was_sealed_can_be_opened() -> None:
    assert SEALS.open(SEALS.seal("ada", "1700000000")) == ["ada", "1700000000"]


@pytest.mark.parametrize("forged", [None, "", ".", "ada", "ada.x", "\udcff", "ada.\N{SNOWMAN}", "x" * 10_000])
def test_what_was_not_is_nothing(forged: str | None) -> None:
    assert SEALS.open(forged) is None


def test_a_changed_word_breaks_the_seal() -> None:
    mac = SEALS.seal("ada", "1").rpartition(".")[2]
    assert SEALS.open(f"ada.2.{mac}") is None
    assert SEALS.open(f"ada.1.{mac[:-1]}") is None


@pytest.mark.parametrize("other", [Seals("another secret", "a purpose"), Seals("a secret", "another purpose")])
def test_another_secret_or_purpose_is_another_seal(other: Seals) -> None:
    assert other.open(SEALS.seal("ada")) is None
