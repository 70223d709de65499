"""The list of emoji."""

from chat_service import emojis
from tests.chat_service.replicas import RunningReplica


async def test_everybody_gets_the_list_of_emoji(chat: RunningReplica) -> None:
    answer = await chat.client.get("/api/emoji")
    assert (answer.status, answer.content_type) == (200, "application/json")
    listed = await answer.json()
    assert listed == [list(entry) for entry in emojis.catalogue()]
    assert ["😄", "smile"] in [entry[:2] for entry in listed]


async def test_the_list_is_kept_until_it_changes(chat: RunningReplica) -> None:
    answer = await chat.client.get("/api/emoji")
    tag = answer.headers["ETag"]
    assert not tag.startswith("W/")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    again = await chat.client.get("/api/emoji", headers={"If-None-Match": tag})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    assert (await chat.client.get("/api/emoji", headers={"If-None-Match": '"another"'})).status == 200
