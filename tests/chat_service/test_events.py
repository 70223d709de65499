"""What an event is, and what may be its id."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_service.events import AnyEvent, ClientId, Join, Message
from tests.chat_service.examples import ADA, BOB, draft


def is_client_id(text: str) -> bool:
    try:
        msgspec.convert(text, ClientId)
    except msgspec.ValidationError:
        return False
    return True


def test_two_attempts_of_one_author_with_one_id_are_the_same_event() -> None:
    assert draft("x", ADA, "one").key == draft("x", ADA, "two").key


def test_two_authors_may_choose_the_same_id() -> None:
    assert draft("x", ADA).key != draft("x", BOB).key


def test_a_draft_has_no_number_and_no_time() -> None:
    assert (draft().seq, draft().at) == (0, 0)


@pytest.mark.parametrize("event", [draft(), Join(id="j", author=ADA, seq=1, at=2)])
def test_an_event_comes_back_from_plain_values_as_what_it_was(event: AnyEvent) -> None:
    assert msgspec.convert(msgspec.to_builtins(event), AnyEvent) == event


@pytest.mark.parametrize(("kind", "tag"), [(Message, "message"), (Join, "join")])
def test_every_kind_of_event_keeps_its_name_in_the_data(kind: type[msgspec.Struct], tag: str) -> None:
    assert kind.__struct_config__.tag == tag


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_letters_digits_underscores_and_hyphens_make_an_id(text: str) -> None:
    assert is_client_id(text)


@pytest.mark.parametrize("text", ["", "a" * 65, "a b", "a\n", "\na", "é", "a.b", "$where", "a\0", "٣"])
def test_anything_else_does_not(text: str) -> None:
    assert not is_client_id(text)
