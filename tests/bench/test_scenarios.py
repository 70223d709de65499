"""The bench's machinery still works with the services as they are; how fast they are is nobody's business here."""

import os
from collections.abc import AsyncIterator

import pytest

from bench import accounts, commit, latency
from bench.figures import Figure, report
from bench.stage import PUBLIC_URL, Baselines, Stage, told
from bench.tokens import Issuer
from tests.chat_service.own_database import own_database
from tests.chat_service.own_exchange import own_exchange


@pytest.fixture
async def stage(mongo_url: str, amqp_url: str) -> AsyncIterator[Stage]:
    issuer = Issuer(PUBLIC_URL)
    async with (
        issuer.published() as jwks_url,
        own_database(mongo_url) as database,
        own_exchange(amqp_url) as exchange,
    ):
        yield Stage(
            issuer,
            mongo_url,
            database.name,
            told(mongo_url, amqp_url, jwks_url, AMQP_EXCHANGE=exchange),
            server_core=min(os.sched_getaffinity(0)),
            baselines=Baselines(raw=1.0, naive=1.0),
        )


async def all_of(measured: AsyncIterator[list[Figure]]) -> list[Figure]:
    return [figure async for figures in measured for figure in figures]


def missed(figures: list[Figure]) -> list[Figure]:
    """What should hold at any speed: nothing lost, nothing refused."""
    return [figure for figure in figures if figure.most == 0 and not figure.met]


async def test_messages_are_committed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "CASES", [commit.Case("rooms", 1, 20, 100)])
    monkeypatch.setattr(commit, "SECONDS", 0.3)
    monkeypatch.setattr(commit, "WARM_UP_SECONDS", 0.1)
    figures = await all_of(commit.measure(stage))
    assert {figure.scenario for figure in figures} == {"rooms", "rooms, 50/s"}
    assert not missed(figures)


async def test_messages_cross_replicas(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "ROOMS", 2)
    monkeypatch.setattr(latency, "MESSAGES_A_SECOND", 20)
    monkeypatch.setattr(latency, "SECONDS", 0.5)
    figures = await all_of(latency.measure(stage))
    assert not missed(figures)


def test_a_report_says_what_was_asked_for_and_whether_it_was_met(capsys: pytest.CaptureFixture[str]) -> None:
    report([Figure("commit", "messages", 12.0, "/s", least=10), Figure("commit", "p99", 60.0, "ms", most=50)])
    printed = capsys.readouterr()
    assert '"least":10' in printed.out
    assert ">= 10 met" in printed.err
    assert "<= 50.0 MISSED" in printed.err


async def test_people_sign_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bare(_core: int) -> list[float]:
        return [1.0, 1.0]

    monkeypatch.setattr(accounts, "bare", bare)
    monkeypatch.setattr(accounts, "SECONDS", 0.3)
    monkeypatch.setattr(accounts, "WARM_UP_SECONDS", 0.1)
    figures = {figure.measure: figure.value for figure in await all_of(accounts.measure(stage))}
    assert figures["sign-ins"] > 0
    assert figures["refreshes"] > 0
