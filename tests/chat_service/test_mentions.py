"""Names in a text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.accounts import NAME_SHAPE
from auth_service.accounts import _key as account_key
from chat_service.mentions import MENTION, NAME, name_key, readings


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada", ["ada"]),
        ("hi @ada, @bob!", ["ada", "bob"]),
        ("(@ada)", ["ada"]),
        ("@ada.", ["ada"]),
        ("@ada.Hi", ["ada.Hi"]),
        ("@Zoë @田中", ["Zoë", "田中"]),
        ("ada@example.org", []),
        ("@@ada", []),
        ("@a", []),
        ("@_ada", []),
        ("@ ada", []),
        ("@" + "a" * 32, ["a" * 32]),
        ("@" + "a" * 33, []),
    ],
)
def test_a_mention_is_a_name_after_an_at_sign(text: str, names: list[str]) -> None:
    assert [found["name"] for found in re.finditer(MENTION, text)] == names


def test_a_mention_may_be_less_than_what_follows_the_sign() -> None:
    assert list(readings("ada.b-c")) == ["ada.b-c", "ada.b", "ada"]
    assert list(readings("a.bc")) == ["a.bc"]
    assert list(readings("ada..bc")) == ["ada..bc", "ada"]


@given(st.from_regex(NAME_SHAPE, fullmatch=True))
def test_whoever_may_have_an_account_may_be_mentioned(name: str) -> None:
    assert re.fullmatch(NAME, name)


@given(st.text())
def test_names_are_one_by_the_rules_for_accounts(name: str) -> None:
    assert name_key(name) == account_key(name) or name_key(name) == name_key(account_key(name))
