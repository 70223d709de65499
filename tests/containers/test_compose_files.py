"""The Compose files as Compose itself reads them, in all ways in which docs/operations.md puts them together."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.conftest import missing
from tests.containers.installation import FILE, FROM_OUTSIDE, ROOT, why_not

PLAIN = {"COMPOSE_FILE": FILE}
CERTIFICATES = {"COMPOSE_FILE": f"{FILE}:docker-compose.tls.yml", "PUBLIC_URL": "https://chat.example.org"}
ACME = {"COMPOSE_FILE": f"{FILE}:docker-compose.acme.yml", "PARLEY_HOST": "chat.example.org"}
MONITORING = {"COMPOSE_FILE": f"{FILE}:docker-compose.monitoring.yml"}
OURS = "parley/"
REGISTRY = {"PARLEY_IMAGES": "registry.example.org/parley", "PARLEY_VERSION": "1.2.3", "PARLEY_PULL": "missing"}

Services = dict[str, dict[str, Any]]

every_way = pytest.mark.parametrize("settings", [PLAIN, CERTIFICATES, ACME], ids=["plain", "certificates", "acme"])


@every_way
def test_what_is_built_here_is_built_once_and_asked_of_no_registry(settings: dict[str, str]) -> None:
    services = read(settings)
    ours = {name: service for name, service in services.items() if service["image"].startswith(OURS)}
    assert {service.get("pull_policy") for service in ours.values()} == {"never"}
    built = [service["image"] for service in ours.values() if "build" in service]
    assert sorted(built) == sorted({service["image"] for service in ours.values()})
    assert not [name for name in services.keys() - ours.keys() if {"build", "pull_policy"} & services[name].keys()]


@every_way
def test_images_of_a_registry_are_taken_from_there(settings: dict[str, str]) -> None:
    services = read(settings | REGISTRY)
    theirs = [service for service in services.values() if service["image"].startswith(REGISTRY["PARLEY_IMAGES"])]
    assert {service.get("pull_policy") for service in theirs} == {"missing"}
    assert {service["image"].rpartition("/")[2] for service in theirs} == {"auth:1.2.3", "chat:1.2.3", "deploy:1.2.3"}
    assert not [service["image"] for service in services.values() if service["image"].startswith(OURS)]


@every_way
def test_the_gateway_alone_is_published_and_the_services_are_told_the_address(settings: dict[str, str]) -> None:
    services = read(settings)
    assert [name for name, service in services.items() if service.get("ports")] == ["gateway"]
    ports = {(port["target"], port["published"], port["host_ip"]) for port in services["gateway"]["ports"]}
    url = {services[name]["environment"]["PUBLIC_URL"] for name in ("auth", "chat")}
    if settings is PLAIN:
        assert (ports, url) == ({(8420, "8420", "127.0.0.1")}, {"http://localhost:8420"})
    else:
        assert ports == {(8420, "443", "127.0.0.1"), (8480, "80", "127.0.0.1")}
        assert url == {"https://chat.example.org"}


@pytest.mark.parametrize(("settings", "setting"), [(CERTIFICATES, "PUBLIC_URL"), (ACME, "PARLEY_HOST")])
def test_https_without_its_address_does_not_start(settings: dict[str, str], setting: str) -> None:
    with pytest.raises(ValueError, match=f"{setting}.*must be the"):
        read({"COMPOSE_FILE": settings["COMPOSE_FILE"]})


def test_certificates_of_lets_encrypt_are_kept_where_the_gateway_may_write() -> None:
    services = read(ACME)
    for name in ("routes", "gateway"):  # the first makes the folder: see Dockerfile
        mounted = {volume["target"]: volume for volume in services[name]["volumes"]}
        assert mounted["/acme"]["source"] == "acme"
        assert not mounted["/acme"].get("read_only")
    assert (
        services["routes"]["environment"] | {"TLS": "acme", "ACME_HOST": "chat.example.org"}
        == services["routes"]["environment"]
    )


def test_prometheus_is_hardened_as_everything_is_and_open_to_this_machine_alone() -> None:
    services = read(MONITORING)
    for name in ("prometheus", "alertmanager"):
        service = services[name]
        assert service["user"] == "65534:65534"
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
        assert {port["host_ip"] for port in service.get("ports", [])} <= {"127.0.0.1"}
    assert services["prometheus"]["networks"].keys() == {"public", "services", "broker"}
    assert services["alertmanager"]["networks"].keys() == {"public"}


def test_images_with_tracing_are_built_from_its_own_requirements_and_told_where_traces_go() -> None:
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
    services = read(PLAIN | told | {"PARLEY_REQUIREMENTS": "tracing"})
    assert (ROOT / "requirements" / "tracing.txt").exists()
    for name in ("auth", "chat"):
        assert services[name]["build"]["args"] == {"REQUIREMENTS": "tracing"}
        assert services[name]["environment"].items() >= told.items()


def test_a_trusted_proxy_is_told_to_all_who_have_to_know() -> None:
    services = read(PLAIN | {"TRUSTED_IPS": "192.0.2.7"})
    told = {name: services[name]["environment"]["TRUSTED_IPS"] for name in ("gateway", "routes")}
    assert told == dict.fromkeys(told, "192.0.2.7")
    assert {services[name]["environment"]["TRUSTED_PROXIES"] for name in ("auth", "chat")} == {"2"}


def read(settings: dict[str, str]) -> Services:
    """All services, for an operator who sets these and nothing else.

    Raises:
        ValueError: Compose does not take them; what it said.
    """
    if reason := why_not():
        missing(f"Docker with Compose can't be had: {reason}")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FROM_OUTSIDE)}
    done = subprocess.run(
        ["docker", "compose", "--profile", "*", "config", "--format", "json"],  # noqa: S607 - the one on the path
        cwd=ROOT,
        env=inherited | settings | {"COMPOSE_DISABLE_ENV_FILE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(done.stderr)
    services: Services = json.loads(done.stdout)["services"]
    return services
