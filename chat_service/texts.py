"""What may be said, and what it says beside its characters: its HTML, and whom it mentions."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from chat_service import markup
from chat_service.errors import Invalid
from chat_service.events import Person
from chat_service.limits import MAX_TEXT_CHARS
from chat_service.mentions import name_key

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but line feeds and tabs


class Names(Protocol):
    async def named(self, room: str, keys: Collection[str]) -> Sequence[Person]:
        """The members of a room whose names have these keys."""
        ...


class Composed(NamedTuple):
    text: str
    html: str = ""
    mentions: Sequence[str] = ()


def check(text: str) -> None:
    """Whether this may be said.

    Raises:
        Invalid: it is empty, too long, or has control characters.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise Invalid(f"text is limited to {MAX_TEXT_CHARS} characters, this one has {len(text)}.", field="text")
    if CONTROLS.search(text):
        raise Invalid("text may not contain control characters other than line breaks and tabs.", field="text")
    if all(unicodedata.category(char)[0] in "ZC" for char in text):  # spaces, marks of direction, joiners
        raise Invalid("text is empty.", field="text")


async def compose(text: str, marked: markup.Marked | None, room: str, members: Names) -> Composed:
    """A text with all that it says; `members` are looked up once, and only where it seems to mention somebody.

    Raises:
        StoreUnavailable
    """
    if marked is None:
        return Composed(text)
    found = await members.named(room, marked.names) if marked.names else ()
    html, mentions = marked.render({name_key(person.name): person for person in found})
    return Composed(text, html, mentions)
