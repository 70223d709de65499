"""Every command has its use case, or is told that there is none."""

import pytest

from chat_service import commands
from chat_service.errors import UnknownOp
from tests.chat_service.test_chat import Service


async def test_a_command_that_nothing_answers_is_an_unknown_op() -> None:
    ada = await Service().member()
    with pytest.raises(UnknownOp) as refused:
        await ada.ask(commands.Hello())
    assert "'hello'" in refused.value.message
