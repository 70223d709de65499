"""Pods as containers: image, command, variables, files and user of the manifest, and the names they have in DNS."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException  # type: ignore[import-untyped]
from requests.exceptions import RequestException

from tests import services
from tests.conftest import missing
from tests.k8s import rendered
from tests.k8s.rendered import Object

WAIT_SECONDS = 120.0
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Pods:
    """The containers of one set, in the order of their names."""

    containers: list[docker.models.containers.Container]

    def run(self, number: int, *command: str) -> str:
        """What a command says in one of them; "" while it fails."""
        code, said = self.containers[number].exec_run([*command])
        text: str = said.decode()
        return text if code == 0 else ""

    def until(self, number: int, wanted: str, *command: str) -> None:
        """Ask in one of them until the answer matches."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not re.search(wanted, said := self.run(number, *command)):
            logs = self.containers[number].logs(tail=20).decode()
            assert time.monotonic() < deadline, f"{said}\n{logs}"
            time.sleep(POLL_SECONDS)


@dataclass(frozen=True)
class Network:
    """Containers that reach one another by name, hardened as pods are, and nobody else."""

    client: docker.DockerClient
    name: str

    def start(
        self, image: str, command: list[str], names: list[str], **options: Any
    ) -> docker.models.containers.Container:
        """A container in the background, known under `names`; whoever starts it removes it."""
        return self.client.containers.run(
            image,
            command,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            network=self.name,
            networking_config={self.name: self.client.api.create_endpoint_config(aliases=names)},
            detach=True,
            **options,
        )

    def find(self, name: str) -> docker.models.containers.Container:
        for one in self.client.containers.list(filters={"network": self.name}):
            one.reload()
            if name in one.attrs["NetworkSettings"]["Networks"][self.name]["Aliases"]:
                return one
        raise LookupError(name)


@contextmanager
def network(*images: str) -> Iterator[Network]:
    """A network for containers of these images. Skips where there is no Docker."""
    try:
        for image in images:
            services.with_image(image)
        client = docker.from_env()
    except (DockerException, RequestException) as reason:  # no engine, or no way to the image
        missing(f"Docker: {str(reason).splitlines()[0]}")
    with ExitStack() as stack:
        stack.callback(client.close)
        made = client.networks.create(f"parley-tests-{secrets.token_hex(4)}", internal=True)
        stack.callback(made.remove)
        yield Network(client, made.name)


@contextmanager
def running(name: str, files: dict[str, str], folder: Path) -> Iterator[Pods]:
    """All pods of the dev overlay's StatefulSet `name`, with `files` as its Secret. Skips where there is no Docker."""
    spec = rendered.named("dev", "StatefulSet", name)["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    with ExitStack() as stack:
        own = stack.enter_context(network(container["image"]))
        user = pod["securityContext"]["runAsUser"]
        volumes, tmpfs = _mounts(pod, container, files, folder, user)
        started = []
        for number in range(spec["replicas"]):
            pod_name = f"{name}-{number}"
            dns_name = f"{pod_name}.{spec['serviceName']}"
            one = own.start(
                container["image"],
                [],
                [dns_name, f"{dns_name}.parley.svc"],
                entrypoint=container["command"],
                environment=_environment(container, pod_name),
                user=f"{user}:{user}",
                read_only=True,
                volumes=volumes,
                tmpfs=tmpfs,
            )
            stack.callback(one.remove, force=True, v=True)
            started.append(one)
        yield Pods(started)


def _mounts(
    pod: Object, container: Object, files: dict[str, str], folder: Path, user: int
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Files of ConfigMap and Secret from `folder`; everything else that is writable in memory."""
    volumes: dict[str, dict[str, str]] = {}
    tmpfs: dict[str, str] = {}
    sources = {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        source = sources.get(mount["name"], {})
        if "configMap" in source:
            contents = rendered.named("dev", "ConfigMap", source["configMap"]["name"])["data"]
        elif "secret" in source:
            contents = files
        else:
            tmpfs[mount["mountPath"]] = f"uid={user},gid={user}"
            continue
        place = folder / mount["name"]
        place.mkdir(mode=0o755)
        for file, text in contents.items():
            (place / file).write_text(text)
            (place / file).chmod(0o444)
        volumes[str(place)] = {"bind": mount["mountPath"], "mode": "ro"}
    return volumes, tmpfs


def _environment(container: Object, pod_name: str) -> dict[str, str]:
    fields = {"metadata.name": pod_name, "metadata.namespace": "parley"}
    told: dict[str, str] = {}
    for variable in container["env"]:
        value = variable.get("value") or fields[variable["valueFrom"]["fieldRef"]["fieldPath"]]
        told[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda match: told[match[1]], value)
    return told
