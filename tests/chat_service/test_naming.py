"""What rooms may be called."""

import pytest

from chat_service import naming
from chat_service.errors import Invalid


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("garden", "garden"),
        ("  garden  ", "garden"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
        ("x" * 64, "x" * 64),
        ("👩\u200d👧", "👩\u200d👧"),
    ],
)
def test_a_name_is_kept_composed_and_without_space_around_it(said: str, kept: str) -> None:
    assert naming.room_name(said) == kept


@pytest.mark.parametrize(
    "name", ["", " ", "\u3000", "\u0301", "x" * 65, "a\nb", "a\0", "a\u202eb", "a\u200b", "a\u2028b"]
)
def test_a_name_that_shows_nothing_too_much_or_something_else_is_invalid(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        naming.room_name(name)
    assert refused.value.field == "name"


def test_a_topic_may_be_empty_and_has_its_limit() -> None:
    assert naming.topic(" ") == ""
    assert naming.topic("x" * 250) == "x" * 250
    for topic in ("x" * 251, "a\nb"):
        with pytest.raises(Invalid) as refused:
            naming.topic(topic)
        assert refused.value.field == "topic"


@pytest.mark.parametrize(
    ("one", "other"), [("Garden", "gARDEN"), ("\u00e9", "e\u0301"), ("Straße", "STRASSE"), ("ﬁ", "fi")]
)
def test_names_that_read_the_same_are_the_same(one: str, other: str) -> None:
    assert naming.key(one) == naming.key(other)


def test_other_names_are_others() -> None:
    assert naming.key("garden") != naming.key("gardens")
