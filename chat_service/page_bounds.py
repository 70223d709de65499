"""How much a page may weigh: a few entries with very many reactions are as much as a hundred that are only text."""

from collections.abc import Sequence
from typing import TypeVar

from chat_service.events import AnyEvent, Edit, Message
from chat_service.timeline import Entry, FoldedMessage

MAX_PAGE_BYTES = 2 * 1024 * 1024  # half of what a client may be owed (outbox.py): a page alone never cuts it off
EVENT_BYTES = 900  # what an event takes beside its text, in memory; a frame has less
WIDEST_CHAR_BYTES = 4
PERSON_BYTES = 3  # what an id takes beside its characters: quotes and a comma

Shown = TypeVar("Shown", bound=Entry | AnyEvent)


def size(entry: Entry | AnyEvent) -> int:
    """How many bytes an entry takes, at least nearly."""
    if not isinstance(entry, Message | Edit | FoldedMessage):
        return EVENT_BYTES
    chars = len(entry.text) + len(entry.html)
    text = chars if entry.text.isascii() else chars * WIDEST_CHAR_BYTES
    return EVENT_BYTES + text + (reactions_size(entry) if isinstance(entry, FoldedMessage) else 0)


def reactions_size(message: FoldedMessage) -> int:
    """How many bytes of that are who reacted with what."""
    return sum(len(person) + PERSON_BYTES for reaction in message.reactions for person in reaction.people)


def cut(entries: Sequence[Shown], anchor: int) -> tuple[list[Shown], bool, bool]:
    """The entries around the one at index `anchor` that fit on a page, and whether any before and after them don't.

    The anchor itself is always there: the heaviest message weighs a hundredth of a page.
    """
    if not entries:
        return [], False, False
    sizes = [size(entry) for entry in entries]
    low, high = anchor, anchor + 1
    left = MAX_PAGE_BYTES - sizes[anchor]
    growing = True
    while growing:  # both ways in turn
        growing = False
        if high < len(entries) and sizes[high] <= left:
            left -= sizes[high]
            high += 1
            growing = True
        if low > 0 and sizes[low - 1] <= left:
            low -= 1
            left -= sizes[low]
            growing = True
    return list(entries[low:high]), low > 0, high < len(entries)
