import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import aio_pika
import psutil
import pytest

from standalone import rabbitmq
from tests.conftest import missing
from tests.services import free_ports


def test_the_configuration_listens_there_only_and_survives_a_space_in_the_path(tmp_path: Path) -> None:
    text = rabbitmq.configuration(tmp_path / "with space", "127.0.0.51", 5677)
    assert '{tcp_listeners, [{"127.0.0.51", 5677}]}' in text
    assert f'{{load_definitions, "{tmp_path}/with space/definitions.json"}}' in text


def test_users_are_those_named_with_salted_passwords_and_without_guest() -> None:
    told = json.loads(rabbitmq.definitions({"chat": "s3cret"}))
    (user,) = told["users"]
    kept = base64.b64decode(user["password_hash"])
    assert user["name"] == "chat"
    assert kept[4:] == hashlib.sha256(kept[:4] + b"s3cret").digest()
    assert [permission["vhost"] for permission in told["permissions"]] == [rabbitmq.VIRTUAL_HOST]


def test_nothing_of_the_systems_own_broker_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABBITMQ_NODE_PORT", "5672")
    monkeypatch.setenv("ERL_EPMD_PORT", "4369")
    told = rabbitmq.environment(tmp_path, 4370, 25673)
    assert "RABBITMQ_NODE_PORT" not in told
    assert (told["ERL_EPMD_PORT"], told["ERL_EPMD_ADDRESS"]) == ("4370", "127.0.0.1")
    places = {name: value for name, value in told.items() if name.endswith(("_FILE", "_FILES", "_BASE", "_DIR"))}
    assert {name for name, value in places.items() if name.startswith("RABBITMQ_")}
    assert all(value.startswith(str(tmp_path)) for name, value in places.items() if name.startswith("RABBITMQ_"))
    assert told["HOME"] == str(tmp_path)


def test_files_with_secrets_are_for_the_owner_only(tmp_path: Path) -> None:
    rabbitmq.write_files(tmp_path / "broker", "127.0.0.1", 5677, {"chat": "s3cret"})
    rabbitmq.write_files(tmp_path / "broker", "127.0.0.1", 5678, {"chat": "s3cret"})  # a second start
    for name in ("definitions.json", ".erlang.cookie"):
        assert (tmp_path / "broker" / name).stat().st_mode & 0o077 == 0


async def test_it_serves_its_user_on_loopback_and_leaves_no_process_behind(tmp_path: Path) -> None:
    if not rabbitmq.found():
        missing("rabbitmq-server is not installed")
    port, epmd_port, distribution_port = free_ports(3)
    (tmp_path / "users.json").write_text('{"chat": "s3cret"}')
    environment = os.environ | {
        "BROKER_FOLDER": str(tmp_path / "data folder"),
        "BROKER_PORT": str(port),
        "BROKER_EPMD_PORT": str(epmd_port),
        "BROKER_DISTRIBUTION_PORT": str(distribution_port),
        "BROKER_USERS": str(tmp_path / "users.json"),
    }
    command = [sys.executable, "-m", "standalone.rabbitmq"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as broker:  # noqa: S603, ASYNC220
        assert broker.stdout
        assert any("Server startup complete" in line for line in broker.stdout)
        below = psutil.Process(broker.pid).children(recursive=True)
        listening = {place.laddr for process in below for place in process.net_connections("tcp") if not place.raddr}
        assert {place.ip for place in listening} <= {"127.0.0.1", "::1"}
        connection = await aio_pika.connect(f"amqp://chat:s3cret@127.0.0.1:{port}/{rabbitmq.VIRTUAL_HOST}")
        await connection.close()
        with pytest.raises(aio_pika.exceptions.AMQPConnectionError):
            await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
        broker.terminate()
        assert broker.stdout.read()
    assert psutil.wait_procs(below, 10)[1] == []
