"""Who a text speaks to: `@name`, by the rules for names that accounts have. Pure."""

import re
import unicodedata
from collections.abc import Iterator

# As accounts have it: 2 to 32 letters, digits, dots, dashes and underscores; a letter or digit at both ends.
NAME = r"[^\W_][\w.-]{0,30}[^\W_]"
MENTION = rf"(?<![\w@.])@(?P<name>{NAME})(?!\w)"
MAX_NAMES = 50  # looked up for one text; whoever calls more people than that calls everybody

_ENDS = re.compile(r"[.\-_]")


def name_key(name: str) -> str:
    """Names that look alike but for case are one name, as for accounts."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def readings(name: str) -> Iterator[str]:
    """What may be meant by `@` and this: all of it, or as much as comes before a dot or dash, the longest first.

    "@ada.Thanks" may be a person or a sentence's end without a space.
    """
    yield name
    for end in reversed([found.start() for found in _ENDS.finditer(name)]):
        if end >= 2 and name[end - 1] not in ".-_":  # noqa: PLR2004 - no name is shorter
            yield name[:end]
