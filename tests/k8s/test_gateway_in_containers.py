"""The gateway's pod of the production overlay, run as two containers: it serves https and follows the replicas."""

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.k8s import containers, rendered
from tests.k8s.containers import Pods

pytestmark = pytest.mark.timeout(240)

PYTHON = "python:3.13-slim"  # what parley/deploy is made of; the helper needs nothing else

REPLICA = """
import http.server, os, threading
class Replica(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["WHO"].encode())
for port in (8000, 8001):
    threading.Thread(target=http.server.ThreadingHTTPServer(("", port), Replica).serve_forever).start()
"""
ASK = """
import ssl, sys, urllib.request
trusting = ssl._create_unverified_context()
print({urllib.request.urlopen(sys.argv[1], context=trusting).read().decode() for _ in range(12)})
"""


def test_the_gateways_pod_serves_https_and_follows_the_replicas(tmp_path: Path) -> None:
    pod = rendered.pod("production", "gateway")
    routes, traefik = pod.containers
    with ExitStack() as stack:
        network = stack.enter_context(containers.network(PYTHON, traefik["image"]))
        for who, name in (("auth-1", "auth"), ("chat-1", "chat"), ("chat-2", "chat")):
            replica = network.start(PYTHON, ["python", "-c", REPLICA], [name, who], environment={"WHO": who})
            stack.callback(replica.remove, force=True)
        user = f"{pod.spec['securityContext']['runAsUser']}:{pod.spec['securityContext']['runAsGroup']}"
        shared = _shared(stack, network, user)
        files = _gateway_files(tmp_path / "gateway")
        helper = network.start(
            PYTHON,
            routes["command"],
            ["helper"],
            user=user,
            read_only=True,
            working_dir="/app",
            environment=_data("gateway-settings") | {"PYTHONUNBUFFERED": "1"},
            volumes=files | {str(rendered.ROOT / "deploy"): {"bind": "/app/deploy", "mode": "ro"}} | shared,
        )
        stack.callback(helper.remove, force=True)
        Pods([helper]).until(0, ".", "sh", "-c", f"{' '.join(routes['startupProbe']['exec']['command'])} && echo yes")
        gateway = network.start(
            traefik["image"],
            traefik["args"],
            ["gateway"],
            user=user,
            read_only=True,
            working_dir=traefik["workingDir"],
            environment={"OPS_PORT": _data("gateway-settings")["OPS_PORT"]},
            volumes=shared | _certificate(tmp_path / "certificates"),
        )
        stack.callback(gateway.remove, force=True)

        pods = Pods([helper])
        ask = ["python", "-c", ASK]
        pods.until(0, "{'auth-1'}", *ask, "https://gateway:8420/login")
        pods.until(0, "'chat-1', 'chat-2'|'chat-2', 'chat-1'", *ask, "https://gateway:8420/")
        assert pods.run(0, *ask, "http://gateway:8480/") == ""  # leads to https at the port that people use, not here
        network.find("chat-1").kill()
        pods.until(0, "{'chat-2'}", *ask, "https://gateway:8420/")


def _data(name: str) -> dict[str, str]:
    data: dict[str, str] = rendered.named("production", "ConfigMap", name)["data"]
    return data


def _gateway_files(folder: Path) -> dict[str, dict[str, str]]:
    folder.mkdir()
    for name, text in _data("gateway").items():
        (folder / name).write_text(text)
    return {str(folder): {"bind": "/app/gateway", "mode": "ro"}}


def _shared(stack: ExitStack, network: containers.Network, user: str) -> dict[str, dict[str, str]]:
    """The pod's emptyDir, which Kubernetes gives to the pod's group."""
    volume = network.client.volumes.create()
    stack.callback(volume.remove, force=True)
    mounted = {volume.name: {"bind": "/config", "mode": "rw"}}
    network.client.containers.run(PYTHON, ["chown", user, "/config"], user="0", volumes=mounted, remove=True)
    return mounted


def _certificate(folder: Path) -> dict[str, dict[str, str]]:
    folder.mkdir()
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)  # noqa: S603 - our own command
    (folder / "privkey.pem").chmod(0o444)
    return {str(folder): {"bind": "/certificates", "mode": "ro"}}
