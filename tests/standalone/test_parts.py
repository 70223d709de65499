import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from chassis import application
from chat_service import connections
from standalone import keep, launch
from standalone import parts as parts_module
from standalone.parts import Part, parts
from standalone.plan import Plan
from standalone.problem import Problem


def _parts(tmp_path: Path, *, own_broker: bool = True, amqp_url: str = "", verbose: bool = False) -> dict[str, Part]:
    made = parts(Plan(8420, tmp_path, 2), own_broker=own_broker, amqp_url=amqp_url, verbose=verbose)
    return {part.name: part for part in made}


def test_every_line_of_the_procfile_runs_in_the_order_of_who_needs_whom(tmp_path: Path) -> None:
    assert list(_parts(tmp_path)) == ["mongodb", "rabbitmq", "auth", "chat-1", "chat-2", "gateway"]


def test_services_get_what_their_settings_ask_for(tmp_path: Path) -> None:
    made = _parts(tmp_path)
    auth, chat = made["auth"].environment, made["chat-2"].environment
    assert (auth["HOST"], auth["PORT"], auth["OPS_PORT"]) == ("127.0.0.21", "8421", "8423")
    assert auth["PUBLIC_URL"] == chat["PUBLIC_URL"] == "http://localhost:8420"
    assert (chat["HOST"], chat["REPLICA"]) == ("127.0.0.32", "chat-2")
    assert chat["JWKS_URL"] == "http://127.0.0.21:8421/.well-known/jwks.json"
    assert len(auth["AUTH_SECRET"]) >= 43
    assert "AUTH_SECRET" not in chat


def test_each_service_has_its_own_user_in_database_and_broker(tmp_path: Path) -> None:
    made = _parts(tmp_path)
    auth, chat = made["auth"].environment, made["chat-1"].environment
    assert auth["MONGO_URL"].startswith("mongodb://auth:")
    assert chat["MONGO_URL"].startswith("mongodb://chat:")
    assert chat["AMQP_URL"].startswith("amqp://chat:")
    assert (
        len({url.split(":")[2].split("@")[0] for url in (auth["MONGO_URL"], chat["MONGO_URL"], chat["AMQP_URL"])}) == 3
    )


def test_a_second_start_has_the_same_secrets(tmp_path: Path) -> None:
    first, second = _parts(tmp_path), _parts(tmp_path)
    assert {name: part.environment for name, part in first.items()} == {
        name: part.environment for name, part in second.items()
    }


def test_a_given_broker_is_used_and_none_is_started(tmp_path: Path) -> None:
    made = _parts(tmp_path, own_broker=False, amqp_url="amqp://elsewhere/")
    assert "rabbitmq" not in made
    assert made["chat-1"].environment["AMQP_URL"] == "amqp://elsewhere/"


def test_without_a_broker_the_address_is_empty_whatever_the_environment_says(tmp_path: Path) -> None:
    assert _parts(tmp_path, own_broker=False)["chat-1"].environment["AMQP_URL"] == ""


def test_every_part_has_the_time_that_it_takes_to_stop() -> None:
    goodbye = connections.GOAWAY_RETRY_SECONDS + connections.CLOSE_TIMEOUT_SECONDS
    assert goodbye + 2 * application.SHUTDOWN_SECONDS < parts_module.SERVICE_GRACE_SECONDS
    assert parts_module.SERVICE_GRACE_SECONDS < keep.ORDER_WAIT_SECONDS
    assert keep.ORDER_WAIT_SECONDS + parts_module.STORE_GRACE_SECONDS < launch.STOP_SECONDS < 30


def test_the_gateway_is_ready_once_it_reaches_both_services(tmp_path: Path) -> None:
    places = [urlsplit(place) for place in _parts(tmp_path)["gateway"].ready]
    assert {place.port for place in places} == {8420}
    assert [place.path for place in places] == ["/login", "/sw.js"]  # auth's, and chat's


def test_the_gateways_copy_listens_on_loopback_and_is_otherwise_the_committed_file(tmp_path: Path) -> None:
    copy = yaml.safe_load(Path(_parts(tmp_path)["gateway"].environment["GATEWAY_CONFIG"]).read_text())
    committed = yaml.safe_load((parts_module.ROOT / "gateway" / "traefik.yml").read_text())
    assert copy["entryPoints"]["web"].pop("address") == "127.0.0.1:8420"
    assert copy["entryPoints"]["internal"].pop("address") == "127.0.0.1:8424"
    for point in committed["entryPoints"].values():
        del point["address"]
    assert copy == committed


def test_an_entry_point_that_can_not_be_replaced_is_a_problem_and_not_a_listener_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "root"
    (other / "gateway").mkdir(parents=True)
    (other / "gateway" / "traefik.yml").write_text('entryPoints: {web: {address: ":80"}}')
    (other / "Procfile").write_text((parts_module.ROOT / "Procfile").read_text())
    monkeypatch.setattr(parts_module, "ROOT", other)
    with pytest.raises(Problem, match=r'address: ":8420"'):
        _parts(tmp_path)


def test_this_pythons_programs_come_first(tmp_path: Path) -> None:
    first = Path(_parts(tmp_path)["gateway"].environment["PATH"].split(os.pathsep)[0])
    assert (first / "traefik").exists()


def test_services_stop_before_what_they_need(tmp_path: Path) -> None:
    stops_first = {name for name, part in _parts(tmp_path).items() if part.stops_first}
    assert stops_first == {"auth", "chat-1", "chat-2"}


def test_a_person_who_watches_reads_lines_and_not_json(tmp_path: Path) -> None:
    assert _parts(tmp_path, verbose=True)["auth"].environment["LOG_FORMAT"] == "console"
    assert _parts(tmp_path)["auth"].environment["LOG_FORMAT"] == "json"
