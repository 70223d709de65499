"""A StatefulSet as containers: its image, command, variables, files and user, each pod under its names in DNS."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

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


@contextmanager
def running(name: str, files: dict[str, str], folder: Path) -> Iterator[Pods]:
    """All pods of the dev overlay's StatefulSet `name`, with `files` as its Secret. Skips where there is no Docker."""
    spec = rendered.named("dev", "StatefulSet", name)["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    try:
        services.with_image(container["image"])
        client = docker.from_env()
    except (DockerException, RequestException) as reason:  # no engine, or no way to the image
        missing(f"Docker: {str(reason).splitlines()[0]}")
    with ExitStack() as stack:
        stack.callback(client.close)
        network = client.networks.create(f"parley-tests-{secrets.token_hex(4)}", internal=True)
        stack.callback(network.remove)
        user = pod["securityContext"]["runAsUser"]
        volumes, tmpfs = _mounts(pod, container, files, folder, user)
        started = []
        for number in range(spec["replicas"]):
            pod_name = f"{name}-{number}"
            dns_name = f"{pod_name}.{spec['serviceName']}"
            one = client.containers.run(
                container["image"],
                entrypoint=container["command"],
                command=[],
                environment=_environment(container, pod_name),
                user=f"{user}:{user}",
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true"],
                volumes=volumes,
                tmpfs=tmpfs,
                network=network.name,
                networking_config={
                    network.name: client.api.create_endpoint_config(aliases=[dns_name, f"{dns_name}.parley.svc"])
                },
                detach=True,
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
