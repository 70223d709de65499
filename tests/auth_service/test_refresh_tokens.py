import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.refresh_tokens import RefreshToken, RefreshTokens

OURS, THEIRS = RefreshTokens("our secret"), RefreshTokens("their secret")
SEALED = OURS.seal(RefreshToken("session-1", 7))

sessions = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=30)
any_text = st.text(st.characters(exclude_categories=()))  # lone surrogates too: so arrive bytes that are no UTF-8


@given(sessions, st.integers(0, 2**63))
def test_what_was_sealed_is_opened(session: str, counter: int) -> None:
    token = RefreshToken(session, counter)
    assert OURS.open(OURS.seal(token)) == token


def test_a_token_is_short_and_safe_in_a_cookie() -> None:
    assert set(SEALED) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(SEALED.rpartition(".")[2]) == 43  # 256 bits


@given(any_text)
def test_nothing_else_is_opened_and_nothing_raises(text: str) -> None:
    assert OURS.open(text) is None


@given(any_text, any_text, any_text)
def test_nothing_of_the_same_form_is_opened(session: str, counter: str, mac: str) -> None:
    assert OURS.open(f"{session}.{counter}.{mac}") is None


@given(st.integers(0, len(SEALED) - 1), st.characters())
def test_a_token_with_one_letter_changed_is_not_opened(place: int, letter: str) -> None:
    changed = SEALED[:place] + letter + SEALED[place + 1 :]
    assert (OURS.open(changed) is None) == (changed != SEALED)


@given(st.integers(0, len(SEALED)), any_text.filter(bool))
def test_a_token_with_something_added_is_not_opened(place: int, added: str) -> None:
    assert OURS.open(SEALED[:place] + added + SEALED[place:]) is None


@given(st.integers(0, len(SEALED) - 1))
def test_a_part_of_a_token_is_not_opened(length: int) -> None:
    assert OURS.open(SEALED[:length]) is None


@pytest.mark.parametrize("text", ["\udcff", "a.0.\udcff", "\udcff.0.a", "a.0.\N{PILE OF POO}", "..", "a.b", "\0"])
def test_what_is_no_ascii_is_not_opened(text: str) -> None:
    assert OURS.open(text) is None


def test_a_mac_is_not_shared_by_what_can_not_be_written_in_utf_8() -> None:
    sealed = OURS.seal(RefreshToken("what?", 0))
    assert OURS.open(sealed.replace("?", "\udcff")) is None


def test_a_token_of_another_secret_is_not_opened() -> None:
    assert OURS.open(THEIRS.seal(RefreshToken("session-1", 7))) is None


def test_another_counter_does_not_fit_the_mac() -> None:
    assert OURS.open(SEALED.replace(".7.", ".8.")) is None
