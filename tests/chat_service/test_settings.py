"""What a chat replica is told, and what it is not told right."""

import socket
from typing import Any

import pytest
from pydantic import ValidationError

from chat_service.settings import ChatSettings

ENOUGH: dict[str, Any] = {
    "port": 8001,
    "ops_port": 9001,
    "public_url": "https://parley.test",
    "mongo_url": "mongodb://127.0.0.1/",
    "jwks_url": "http://127.0.0.1:8000/.well-known/jwks.json",
}


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ChatSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_little_has_to_be_told() -> None:
    told = ChatSettings(**ENOUGH)
    assert told.mongo_database == "chat"
    assert told.replica == socket.gethostname()
    assert told.amqp_url is None
    assert told.amqp_exchange == "parley.events"


def test_replicas_on_one_machine_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICA", "chat2")
    assert ChatSettings(**ENOUGH).replica == "chat2"


@pytest.mark.parametrize("name", ENOUGH)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        ChatSettings(**{key: value for key, value in ENOUGH.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [("jwks_url", "ftp://x/"), ("jwks_url", "x"), ("presence_grace_seconds", 0), ("presence_grace_seconds", -1)],
)
def test_what_is_wrong_is_named(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        ChatSettings(**(ENOUGH | {name: value}))


def test_what_changes_about_people_is_read_where_the_keys_are() -> None:
    assert ChatSettings(**ENOUGH).account_changes_url == "http://127.0.0.1:8000/internal/account-changes"
