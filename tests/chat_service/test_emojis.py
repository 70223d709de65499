"""Emoji: one form for each, and names."""

import pytest

from chat_service import emojis


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("👍", "👍"),
        ("❤", "❤\ufe0f"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("👍🏽", "👍🏽"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("🏳‍🌈", "🏳\ufe0f‍🌈"),
        ("🇺🇦", "🇺🇦"),
        ("1\ufe0f⃣", "1\ufe0f⃣"),
    ],
)
def test_an_emoji_has_one_form(written: str, expected: str) -> None:
    assert emojis.normal(written) == expected


@pytest.mark.parametrize("written", ["", "a", "1", "👍👍", "👍 ", ":+1:", "\ufe0f", "🏽", "\u200d", "<b>", "🇺"])
def test_what_is_not_one_emoji_is_none(written: str) -> None:
    assert emojis.normal(written) is None


@pytest.mark.parametrize(
    ("name", "expected"), [("smile", "😄"), ("+1", "👍"), ("thumbs_up", "👍"), ("heart", "❤\ufe0f")]
)
def test_an_emoji_has_names(name: str, expected: str) -> None:
    assert emojis.named(name) == expected


def test_a_name_of_nothing_is_none() -> None:
    assert emojis.named("no_such_thing") is None


def test_the_catalogue_has_each_emoji_once_in_its_normal_form_and_with_a_name() -> None:
    written = [entry[0] for entry in emojis.catalogue()]
    assert len(written) == len(set(written)) > 1500
    for one, name, *_ in emojis.catalogue():
        assert emojis.normal(one) == one
        assert emojis.named(name) == one


def test_the_catalogue_begins_with_faces_and_ends_with_flags() -> None:
    written = [entry[0] for entry in emojis.catalogue()]
    assert written[0] == "😀"
    assert written[-1] == "🇿🇼"
