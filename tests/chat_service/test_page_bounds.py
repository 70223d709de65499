"""What fits on a page: as much as a client may be owed, however heavy its entries are."""

import msgspec
import pytest

from chat_service import page_bounds
from chat_service.limits import MAX_MESSAGE_CHANGES, MAX_PAGE_EVENTS
from chat_service.notices import Page
from chat_service.outbox import OUTBOX_MAX_BYTES
from chat_service.protocol import encode
from chat_service.timeline import FoldedMessage, Reaction
from tests.chat_service.examples import ADA

CROWD = tuple(f"{number:032x}" for number in range(MAX_MESSAGE_CHANGES))


def heavy(seq: int) -> FoldedMessage:
    return FoldedMessage(id="m", author=ADA, seq=seq, at=1, text="😀" * 4000, reactions=(Reaction("👍", CROWD),))


HEAVY = [heavy(seq) for seq in range(1, MAX_PAGE_EVENTS + 1)]


@pytest.mark.parametrize("anchor", [0, 50, MAX_PAGE_EVENTS - 1])
def test_a_page_of_the_heaviest_messages_is_cut_to_what_a_client_may_be_owed(anchor: int) -> None:
    assert sum(len(msgspec.json.encode(message)) for message in HEAVY) > OUTBOX_MAX_BYTES
    shown, before, after = page_bounds.cut(HEAVY, anchor)
    frame = encode(Page(id="h", room="lobby", events=shown, as_of=100, more=True))
    assert page_bounds.MAX_PAGE_BYTES / 2 < len(frame) < OUTBOX_MAX_BYTES
    assert HEAVY[anchor] in shown
    assert shown == HEAVY[shown[0].seq - 1 : shown[-1].seq]
    assert (before, after) == (shown[0].seq > 1, shown[-1].seq < MAX_PAGE_EVENTS)


def test_what_fits_is_left_whole() -> None:
    light = [FoldedMessage(id="m", author=ADA, seq=seq, at=1, text="Hi") for seq in range(1, 101)]
    assert page_bounds.cut(light, 99) == (light, False, False)
    assert page_bounds.cut([], -1) == ([], False, False)
