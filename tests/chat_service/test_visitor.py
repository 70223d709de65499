"""Who asks."""

from chat_service.visitor import Visitor
from tests.chat_service.examples import ADA


def test_nobody_administers_unless_their_token_says_so() -> None:
    assert not Visitor(ADA).admin
