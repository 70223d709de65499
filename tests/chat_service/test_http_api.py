"""Whatever is asked of the chat by HTTP is answered as docs/openapi.yaml says."""

from typing import Any

from schemathesis import GenerationMode

from tests.api.asking import IN_ONE_PROCESS, MODES, ask_for_everything
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica

# What is made up seldom hits anything.
THERE: dict[str, list[Any]] = {
    "room": ["lobby", "nowhere"],
    "person": [ADA.id, BOB.id, "nobody"],
    "emoji": ["👍", "no emoji"],
    "target": [1, 2, 3, 4, 99],
    "root": [2, 99],
}


@MODES
@IN_ONE_PROCESS
async def test_the_chat_answers_as_its_document_says(chat: RunningReplica, mode: GenerationMode) -> None:
    ada, _ = await chat.welcome(ADA), await chat.welcome(BOB)
    for number in range(3):
        await ada.send(f"Message {number}")
    await ask_for_everything("chat", str(chat.client.make_url("")), chat.issuer.token(ADA), mode, THERE)
