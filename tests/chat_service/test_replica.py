"""What an application carries for its handlers."""

from tests.chat_service.replicas import RunningReplica


async def test_a_replica_carries_its_own_name_and_the_stores_epoch(chat: RunningReplica, other: RunningReplica) -> None:
    assert (chat.replica.name, other.replica.name) == ("chat1", "chat2")
    assert chat.replica.epoch == other.replica.epoch
