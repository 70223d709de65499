"""Emoji: which there are, in their one normal form, and their short names. The data is that of the `emoji` package."""

import emoji

FULLY_QUALIFIED = emoji.STATUS["fully_qualified"]
PRESENTATION = "\ufe0f"  # "show it as an emoji": what some keyboards leave out
SKIN_TONES = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
FACES = frozenset(map(chr, range(0x1F600, 0x1F650)))  # Unicode's block "Emoticons"
FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))  # "Regional indicators"

_NORMAL = {
    written.replace(PRESENTATION, ""): written
    for written, facts in emoji.EMOJI_DATA.items()
    if facts["status"] == FULLY_QUALIFIED
}
# A short name may be another emoji's full one: `sunglasses`, which a face wears.
_BY_NAME = {emoji.EMOJI_DATA[written]["en"].strip(":"): written for written in _NORMAL.values()} | {
    name.strip(":"): written for written in _NORMAL.values() for name in emoji.EMOJI_DATA[written].get("alias", ())
}


def normal(written: str) -> str | None:
    """The emoji as Unicode recommends to write it, so that two people who give the same give one; None for no emoji."""
    return _NORMAL.get(written.replace(PRESENTATION, ""))


def named(name: str) -> str | None:
    """The emoji of a short name (`smile`, without colons)."""
    return _BY_NAME.get(name)


def catalogue() -> list[tuple[str, ...]]:
    """Every emoji that has a name of its own, with its names, the shortest first; without shades of skin."""
    names: dict[str, list[str]] = {written: [] for written in _NORMAL.values() if SKIN_TONES.isdisjoint(written)}
    for name, written in _BY_NAME.items():
        if written in names:
            names[written].append(name)
    return [(written, *sorted(names[written], key=len)) for written in sorted(names, key=_place) if names[written]]


def _place(written: str) -> tuple[int, str]:
    """Faces first, flags last, between them as Unicode has them, where like is beside like."""
    first = written[0]
    return (0 if first in FACES else 2 if first in FLAG_LETTERS else 1), written
