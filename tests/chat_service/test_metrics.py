"""What a chat replica counts, read where a monitor reads it."""

import prometheus_client
from prometheus_client.metrics import MetricWrapperBase

from chat_service import metrics
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.replicas import RunningReplica


def value(name: str, **labels: str) -> float:
    return prometheus_client.REGISTRY.get_sample_value(name, labels) or 0.0


def handshakes(*outcomes: str) -> list[float]:
    return [value("parley_handshakes_total", outcome=outcome) for outcome in outcomes]


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


async def test_a_socket_that_comes_back_is_told_from_a_new_one_and_from_one_refused(chat: RunningReplica) -> None:
    outcomes = ("new", "resumed", "unauthenticated", "token_expired")
    before = handshakes(*outcomes)
    ada = await chat.connect(ADA)
    welcome = await ada.hello()
    again = await chat.connect(ADA)
    await again.hello(resume={"epoch": welcome["epoch"], "rooms": {"lobby": welcome["rooms"][0]["head"]}})
    await (await chat.connect_with({"Authorization": "Bearer nonsense"})).close_code()
    await (await chat.connect(ADA, seconds=-60)).close_code()
    assert [now - then for now, then in zip(handshakes(*outcomes), before, strict=True)] == [1, 1, 1, 1]


async def test_a_message_is_timed_from_its_frame_to_its_answer(chat: RunningReplica) -> None:
    before = {part: value(f"parley_acknowledgement_seconds_{part}") for part in ("count", "sum")}
    ada = await chat.welcome(ADA)
    await ada.send("Hi")
    await ada.send("")  # refused, and so not acknowledged
    assert value("parley_acknowledgement_seconds_count") == before["count"] + 1
    assert 0 < value("parley_acknowledgement_seconds_sum") - before["sum"] < 5


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
