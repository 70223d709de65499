"""People and events for tests that need some, whoever and whatever they are."""

from collections.abc import Iterable

from chat_service.events import AnyEvent, Message, Person

ADA = Person("p-ada", "Ada")
BOB = Person("p-bob", "Bob")
EVE = Person("p-eve", "Eve")
LOREM = "Lorem ipsum"


def draft(client_id: str = "m-1", author: Person = ADA, text: str = LOREM) -> Message:
    """A message that has no number yet."""
    return Message(id=client_id, author=author, text=text)


def stored(seq: int, author: Person = ADA, text: str = LOREM) -> Message:
    """A message as the log keeps it, of an id of its own."""
    return Message(id=f"m-{seq}", author=author, seq=seq, at=1_700_000_000_000 + seq, text=text)


def log_of(length: int) -> list[AnyEvent]:
    return [stored(seq) for seq in range(1, length + 1)]


def seqs(events: Iterable[AnyEvent]) -> list[int]:
    return [event.seq for event in events]
