"""What rooms may be called, and when two names are the same. Pure."""

import unicodedata

from chat_service.errors import Invalid
from chat_service.limits import MAX_NAME_CHARS, MAX_TOPIC_CHARS


def room_name(name: str) -> str:
    """The name as it is kept.

    Raises:
        Invalid: it is empty, too long, or has characters that show nothing.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if len(name) > MAX_NAME_CHARS:
        raise Invalid(f"name is limited to {MAX_NAME_CHARS} characters, this one has {len(name)}.", field="name")
    _refuse_controls(name, "name")
    if all(unicodedata.category(char)[0] in "ZCM" for char in name):
        raise Invalid("name is empty.", field="name")
    return name


def topic(text: str) -> str:
    """The topic as it is kept; it may be empty.

    Raises:
        Invalid: it is too long, or has control characters.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > MAX_TOPIC_CHARS:
        raise Invalid(f"topic is limited to {MAX_TOPIC_CHARS} characters, this one has {len(text)}.", field="topic")
    _refuse_controls(text, "topic")
    return text


def key(name: str) -> str:
    """What a name is compared and sorted by: neither case nor composition make a difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _refuse_controls(text: str, field: str) -> None:
    # Cc: control characters, Zl and Zp: line breaks, Cf: marks of direction, which make a name look like another
    if any(unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} and char != "\u200d" for char in text):
        raise Invalid(f"{field} may not contain control characters.", field=field)
