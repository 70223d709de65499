"""What `kubectl apply -k` would send, as plain objects."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import missing

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
OVERLAYS = ["dev", "production", "production-gateway-api"]
RENDER_TIMEOUT_SECONDS = 60
HASH = re.compile("-[a-z0-9]{10}$")  # at the end of a generated name
NAME = "app.kubernetes.io/name"

Object = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod template. `whole` is false where an operator completes it."""

    name: str
    labels: dict[str, str]
    spec: Object
    whole: bool = True

    @property
    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def __str__(self) -> str:
        return self.name


@cache
def text(overlay: str) -> str:
    """The overlay as YAML. Skips the test where there is no kubectl that renders it."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        missing("kubectl is not installed")
    if "Kustomize Version" not in _run(kubectl, "version", "--client"):  # before 1.24: knows no components
        missing("this kubectl is older than 1.24")
    return _run(kubectl, "kustomize", str(K8S / "overlays" / overlay))


def objects(overlay: str, *kinds: str) -> list[Object]:
    """Those of the given kinds; all without."""
    return [one for one in _all(overlay) if not kinds or one["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Object:
    """The one object of that kind and name; a generated ConfigMap goes by its name without the hash."""
    (found,) = [one for one in objects(overlay, kind) if one["metadata"]["name"] == name or unhashed(one) == name]
    return found


def unhashed(config_map: Object) -> str:
    return HASH.sub("", config_map["metadata"]["name"])


def pods(overlay: str) -> list[Pod]:
    return list(_pods(overlay))


def pod(overlay: str, name: str) -> Pod:
    (found,) = [one for one in pods(overlay) if one.name == name]
    return found


@cache
def _all(overlay: str) -> list[Object]:
    return [one for one in yaml.safe_load_all(text(overlay)) if one]


def _pods(overlay: str) -> Iterator[Pod]:
    for one in objects(overlay):
        name = one["metadata"]["name"]
        if one["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job"}:
            template = one["spec"]["template"]
            yield Pod(name, template["metadata"]["labels"], template["spec"])
        elif one["kind"] == "MongoDBCommunity":
            template = one["spec"]["statefulSet"]["spec"]["template"]
            yield Pod(name, template["metadata"]["labels"], template["spec"], whole=False)
        elif one["kind"] == "RabbitmqCluster":
            template = one["spec"]["override"]["statefulSet"]["spec"]["template"]
            labels = template["metadata"]["labels"] | {NAME: name}  # the operator's own label
            yield Pod(name, labels, template["spec"], whole=False)


def _run(*command: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command
        command, check=False, capture_output=True, text=True, timeout=RENDER_TIMEOUT_SECONDS, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
