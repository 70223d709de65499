"""What may be said, and what it says."""

from collections.abc import Collection, Sequence

import pytest

from chat_service import texts
from chat_service.errors import Invalid
from chat_service.events import Person
from chat_service.markup import read
from tests.chat_service.examples import ADA, BOB


class Names:
    """Members, and what was asked of them."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def named(self, room: str, keys: Collection[str]) -> Sequence[Person]:
        assert room == "lobby"
        self.asked.append(list(keys))
        return [person for person in (ADA, BOB) if person.name.lower() in keys]


async def composed(text: str, names: Names) -> texts.Composed:
    return await texts.compose(text, read(text), "lobby", names)


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200f", "\u202e \u2066", "\u200d", "\ufeff"])
def test_a_text_that_shows_nothing_is_invalid(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        texts.check(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["x" * 4001, "😀" * 4001, "a\0", "\x1b[31mred", "a\r\nb", "\x7f", "\x85"])
def test_a_text_too_long_or_with_control_characters_is_invalid(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        texts.check(text)
    assert refused.value.field == "text"


@pytest.mark.parametrize("text", ["x", " x ", "\u202ex", "😀", "\u0301", "٣", "\n-\n", "x" * 4000, "😀" * 4000])
def test_a_text_that_shows_something_is_said(text: str) -> None:
    texts.check(text)


@pytest.mark.parametrize("text", ["Hello", "*Hello*", "`@ada`", "ada@example.org", "@ ada"])
async def test_a_text_that_mentions_nobody_looks_nobody_up(text: str) -> None:
    names = Names()
    assert (await composed(text, names)).mentions == ()
    assert names.asked == []


async def test_all_whom_a_text_mentions_are_looked_up_at_once() -> None:
    names = Names()
    said = await composed("@Ada and @BOB and @nobody, `@cy`", names)
    assert names.asked == [["ada", "bob", "nobody"]]
    assert said.mentions == ("p-ada", "p-bob")
    assert said.text == "@Ada and @BOB and @nobody, `@cy`"
    assert 'data-person="p-bob">@BOB</span> and @nobody' in said.html
