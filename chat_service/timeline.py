"""Events folded into what a reader sees: a message with its edits, reactions and pins. Pure.

The browser folds live events by the same rules: chat_service/static/js/folding.js. Both are held to the cases in
tests/folding.json, and in what is left of deleted people to those in tests/forgetting.json.
"""

from collections.abc import Iterable, Sequence

import msgspec

from chat_service.events import (
    AnyEvent,
    Delete,
    Edit,
    Message,
    MessageChange,
    Person,
    Pin,
    React,
    RoomChange,
    Unpin,
    Unreact,
    with_name,
    without_text,
)

MAX_REPLIES_COUNTED = 1000  # stands for more: a longer thread is not counted through for each page


class Reaction(msgspec.Struct, frozen=True):
    """One emoji and the ids of those who gave it, in the order in which they did."""

    emoji: str
    people: Sequence[str]


class FoldedMessage(Message, frozen=True, kw_only=True, tag="message", omit_defaults=True):
    """A message as it is now; `edited_at` in milliseconds since the epoch, `replies` counts those in its thread."""

    edited_at: int | None = None
    reactions: Sequence[Reaction] = ()
    pinned: bool = False
    replies: int = 0


# What is left of a deleted message: who, when, and where in its thread.
NOTHING_SAID: dict[str, object] = {
    "text": "",
    "html": "",
    "mentions": (),
    "edited_at": None,
    "reactions": (),
    "pinned": False,
    "erased": True,
}

Entry = FoldedMessage | RoomChange
"""What a page shows: changes of messages are in the messages that they changed."""


def fold(message: FoldedMessage, change: MessageChange | Message) -> FoldedMessage:
    """The message after `change`, which targets it or replies in its thread, and comes after all that it has seen."""
    changed: dict[str, object] = {}
    match change:
        case Message():
            changed = {"replies": min(message.replies + 1, MAX_REPLIES_COUNTED)}
        case _ if message.erased:
            pass
        case Edit(erased=True) | Delete():  # an edit is erased by a deletion that comes later in the log
            changed = NOTHING_SAID
        case Edit(text=text, html=html, mentions=mentions, at=at):
            changed = {"text": text, "html": html, "mentions": mentions, "edited_at": at}
        case React(emoji=emoji, author=author):
            changed = {"reactions": _with(message.reactions, emoji, author.id)}
        case Unreact(emoji=emoji, author=author):
            changed = {"reactions": _without(message.reactions, emoji, author.id)}
        case Pin() | Unpin():
            changed = {"pinned": isinstance(change, Pin)}
    return msgspec.structs.replace(message, **changed)


def as_sent(message: Message) -> FoldedMessage:
    """The message before anything happened to it."""
    fields = msgspec.structs.asdict(message)
    return FoldedMessage(**(fields | NOTHING_SAID if message.erased else fields))


def fold_all(message: Message, changes: Iterable[MessageChange | Message]) -> FoldedMessage:
    """The message after all `changes`, ascending."""
    folded = as_sent(message)
    for change in changes:
        folded = fold(folded, change)
    return folded


def with_replies(message: FoldedMessage, replies: int) -> FoldedMessage:
    """The message with so many replies in its thread, counted elsewhere."""
    return msgspec.structs.replace(message, replies=min(replies, MAX_REPLIES_COUNTED))


def forgotten(event: AnyEvent, gone: Person, *, erase: bool) -> AnyEvent:
    """An event once somebody deleted their account: with the name that is left, and with `erase` without their text."""
    if erase and isinstance(event, Message | Edit) and event.author.id == gone.id:
        event = without_text(event)
    return with_name(event, gone)


def fold_run(events: Iterable[AnyEvent]) -> list[Entry]:
    """What has a place of its own in a run of events, after all that happens to it within the run."""
    entries: dict[int, Entry] = {}
    for event in events:
        if isinstance(event, Message):
            if event.thread and isinstance(root := entries.get(event.thread), FoldedMessage):
                entries[root.seq] = fold(root, event)
            entries[event.seq] = as_sent(event)
        elif isinstance(event, MessageChange):
            if isinstance(before := entries.get(event.target), FoldedMessage):
                entries[before.seq] = fold(before, event)
        else:
            entries[event.seq] = event
    return list(entries.values())


def _with(reactions: Sequence[Reaction], emoji: str, person: str) -> Sequence[Reaction]:
    for number, reaction in enumerate(reactions):
        if reaction.emoji == emoji:
            if person in reaction.people:
                return reactions
            more = Reaction(emoji, (*reaction.people, person))
            return (*reactions[:number], more, *reactions[number + 1 :])
    return (*reactions, Reaction(emoji, (person,)))


def _without(reactions: Sequence[Reaction], emoji: str, person: str) -> Sequence[Reaction]:
    left = (
        Reaction(emoji, tuple(other for other in reaction.people if other != person))
        if reaction.emoji == emoji
        else reaction
        for reaction in reactions
    )
    return tuple(reaction for reaction in left if reaction.people)
