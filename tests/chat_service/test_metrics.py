"""What a chat replica counts, read where a monitor reads it."""

import prometheus_client
from prometheus_client.metrics import MetricWrapperBase

from chat_service import metrics
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica


def value(name: str) -> float:
    return prometheus_client.REGISTRY.get_sample_value(name) or 0.0


async def test_what_is_said_is_counted(chat: RunningReplica) -> None:
    before = {name: value(name) for name in ("parley_events_committed_total", "parley_commit_seconds_count")}
    await chat.welcome(ADA)
    bob = await chat.welcome(BOB)
    await bob.send("Hi")
    assert value("parley_events_committed_total") == before["parley_events_committed_total"] + 3
    assert value("parley_commit_seconds_count") == before["parley_commit_seconds_count"] + 3


async def test_open_sockets_are_counted(chat: RunningReplica) -> None:
    before = value("parley_connections")
    await chat.welcome(ADA)
    await chat.welcome(BOB)
    assert value("parley_connections") == before + 2


async def test_the_state_of_the_relay_is_shown(chat: RunningReplica) -> None:
    await chat.ready()
    assert value("parley_relay_connected") == 1


def test_every_metric_says_what_it_is_and_belongs_to_parley() -> None:
    counted = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    assert counted
    for metric in counted:
        (described,) = metric.describe()
        assert described.name.startswith("parley_")
        assert described.documentation
