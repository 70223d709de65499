"""What the pods are told: all of it is understood, nothing is missing, and secrets are files."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from auth_service.settings import AuthSettings
from chassis.settings import ServiceSettings
from chat_service.settings import ChatSettings
from standalone.rabbitmq import PERMISSIONS
from tests.k8s import rendered
from tests.k8s.rendered import Object, Pod

SETTINGS: dict[str, type[ServiceSettings]] = {"auth": AuthSettings, "chat": ChatSettings}
make_secrets = runpy.run_path(str(rendered.K8S / "make_secrets.py"))["make"]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_service_starts_with_what_its_pod_is_told(
    overlay: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [*SETTINGS[name].model_fields, "secrets_dir"]:
        monkeypatch.delenv(variable.upper(), raising=False)
    for variable, value in _environment(overlay, rendered.pod(overlay, name)).items():
        monkeypatch.setenv(variable, value)
    secrets = _secrets()[name]
    for file, value in secrets.items():
        (tmp_path / file).write_text(value)

    told = SETTINGS[name](_secrets_dir=tmp_path)

    assert told.mongo_url == secrets["mongo_url"]
    assert told.tls == (overlay != "dev")


@pytest.mark.parametrize("name", SETTINGS)
def test_every_variable_and_every_secret_is_a_setting(overlay: str, name: str) -> None:
    known = set(SETTINGS[name].model_fields)
    assert {variable.lower() for variable in _environment(overlay, rendered.pod(overlay, name))} <= known
    assert set(_secrets()[name]) <= known


def test_no_variable_holds_a_secret(overlay: str) -> None:
    for pod in rendered.pods(overlay):
        for container in pod.containers:
            assert all("secretRef" not in source for source in container.get("envFrom", []))
            for variable in container.get("env", []):
                assert "secretKeyRef" not in variable.get("valueFrom", {})
                assert not re.search("PASSWORD|SECRET|URL", variable["name"])


def test_secrets_are_mounted_where_services_look_and_readable_for_their_group_only(overlay: str) -> None:
    for pod in rendered.pods(overlay):
        secrets = [volume for volume in pod.spec.get("volumes", []) if "secret" in volume]
        assert all(volume["secret"]["defaultMode"] == 0o440 for volume in secrets), pod
        if pod.name in SETTINGS:
            (container,) = pod.containers
            assert {"name": secrets[0]["name"], "mountPath": "/run/secrets", "readOnly": True} in container[
                "volumeMounts"
            ]


def test_every_secret_that_a_pod_mounts_is_made(overlay: str) -> None:
    made = _secrets()
    for pod in rendered.pods(overlay):
        for volume in pod.spec.get("volumes", []):
            if (name := volume.get("secret", {}).get("secretName")) and name != "gateway-tls":  # whoever has the name
                assert {item["key"] for item in volume["secret"].get("items", [])} <= set(made[name])


def test_every_key_of_every_config_map_is_used(overlay: str) -> None:
    pods = [pod for pod in rendered.pods(overlay) if pod.whole]
    for config_map in rendered.objects(overlay, "ConfigMap"):
        if "grafana_dashboard" in config_map["metadata"].get("labels", {}):
            continue  # Grafana finds it by that label
        users = [pod for pod in pods if config_map["metadata"]["name"] in json.dumps(pod.spec)]
        assert users, config_map["metadata"]["name"]
        for key in config_map["data"]:
            assert any(_uses(pod, config_map, key) for pod in users), key


def test_the_gateways_files_are_the_committed_ones() -> None:
    for overlay in ("dev", "production"):
        assert rendered.named(overlay, "ConfigMap", "gateway")["data"] == {
            name: (rendered.ROOT / "gateway" / name).read_text() for name in ("traefik.yml", "routes.yml")
        }


def test_the_gateways_ports_are_those_of_its_file() -> None:
    static = yaml.safe_load((rendered.ROOT / "gateway" / "traefik.yml").read_text())
    entry_points = {name: int(one["address"].removeprefix(":")) for name, one in static["entryPoints"].items()}
    (traefik,) = rendered.pod("dev", "gateway").spec["containers"]
    assert {port["name"]: port["containerPort"] for port in traefik["ports"]} == entry_points


def test_the_gateways_helper_waits_longer_for_replicas_than_the_cluster_waits_for_it() -> None:
    told = rendered.named("production", "ConfigMap", "gateway-settings")["data"]
    (helper,) = rendered.pod("production", "gateway").spec["initContainers"]
    probe = helper["startupProbe"]
    assert float(told["GIVE_UP_SECONDS"]) > probe["periodSeconds"] * probe["failureThreshold"]


def test_the_clusters_own_gateway_routes_as_ours_does() -> None:
    routes = (rendered.ROOT / "gateway" / "routes.yml").read_text()
    rule = " ".join(re.findall(r'rule: "(.*)"\n(?:.*\n){2,3} *service: auth\n', routes))
    ours = {(kind, path.rstrip("/")) for kind, path in re.findall(r"(Path|PathPrefix)\(`([^`]+)`\)", rule)}
    spec = rendered.named("production-gateway-api", "HTTPRoute", "parley")["spec"]
    matches = {rule["backendRefs"][0]["name"]: rule["matches"] for rule in spec["rules"]}
    kinds = {"Exact": "Path", "PathPrefix": "PathPrefix"}
    assert {(kinds[one["path"]["type"]], one["path"]["value"]) for one in matches["auth"]} == ours
    assert matches["chat"] == [{"path": {"type": "PathPrefix", "value": "/"}}]


def test_secrets_are_random_and_no_two_alike() -> None:
    values = [
        value
        for secrets in (_secrets(), _secrets())
        for name in secrets
        for file, value in secrets[name].items()
        if file.endswith(("password", "secret", "cookie", "keyfile"))
    ]
    assert len(set(values)) == len(values)
    assert min(map(len, values)) >= 43


def test_stores_and_services_agree_on_passwords() -> None:
    made = _secrets()
    permitted = {one["user"] for one in json.loads(made["rabbitmq"]["definitions.json"])["permissions"]}
    assert permitted == set(SETTINGS)
    for name in SETTINGS:
        assert f"//{name}:{made['mongodb'][f'{name}_password']}@" in made[name]["mongo_url"]


def test_a_service_may_do_at_the_broker_what_it_may_everywhere_else() -> None:
    definitions = json.loads(_secrets()["rabbitmq"]["definitions.json"])
    permissions = {one.pop("user"): one for one in definitions["permissions"]}
    assert permissions == {name: {"vhost": "parley", **may} for name, may in PERMISSIONS.items()}


def test_the_broker_has_no_guest() -> None:
    definitions = json.loads(_secrets()["rabbitmq"]["definitions.json"])
    assert {user["name"] for user in definitions["users"]} == set(SETTINGS)
    assert all(user["tags"] == [] for user in definitions["users"])


def _secrets() -> dict[str, dict[str, str]]:
    made: dict[str, Any] = make_secrets("parley")
    return {one["metadata"]["name"]: one["stringData"] for one in made["items"]}


def _environment(overlay: str, pod: Pod) -> dict[str, str]:
    """The variables of a pod's one container, with the pod's name for what comes from it."""
    (container,) = pod.containers
    told: dict[str, str] = {}
    for source in container["envFrom"]:
        told |= rendered.named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    return told | {variable["name"]: variable.get("value", pod.name) for variable in container.get("env", [])}


def _uses(pod: Pod, config_map: Object, key: str) -> bool:
    """By a program that reads such a variable, or by a file's name in what runs."""
    name = config_map["metadata"]["name"]
    for container in pod.containers:
        if any(source["configMapRef"]["name"] == name for source in container.get("envFrom", [])):
            if pod.name in SETTINGS:
                return key.lower() in SETTINGS[pod.name].model_fields
            return f'"{key}"' in (rendered.ROOT / "deploy" / "routes.py").read_text()
        told = json.dumps([container.get(field) for field in ("command", "args", "env")])
        scripts = [config_map["data"][file] for file in config_map["data"] if f"/{file}" in told]
        if f"/{key}" in told or any(f"/{key}" in script for script in scripts):
            return True
        if container.get("command", [])[-1:] == ["deploy.routes"]:
            return f'COMMITTED / "{key}"' in (rendered.ROOT / "deploy" / "routes.py").read_text()
    return False
