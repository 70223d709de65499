"""How every pod runs: restricted, probed where it listens, gone without a loss."""

import re

import pytest

from chassis import application
from chat_service import connections
from deploy import routes
from tests.k8s import rendered
from tests.k8s.rendered import Object, Pod

VOLUMES_ALLOWED = {"configMap", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
PROBES = {"startupProbe", "readinessProbe", "livenessProbe"}
SERVICES = ["auth", "chat"]
SPARE_SECONDS = 10


def test_the_namespace_lets_in_only_restricted_pods(overlay: str) -> None:
    (namespace,) = rendered.objects(overlay, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_pod_is_restricted(overlay: str) -> None:
    for pod in rendered.pods(overlay):
        security = pod.spec["securityContext"]
        assert security["runAsNonRoot"] is True, pod
        assert security["runAsUser"] > 0, pod
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, pod
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod.spec), pod
        for volume in pod.spec.get("volumes", []):
            assert set(volume) - {"name"} <= VOLUMES_ALLOWED, pod
        for container in pod.containers:
            inner = container["securityContext"]
            assert inner["allowPrivilegeEscalation"] is False, container["name"]
            assert inner["capabilities"] == {"drop": ["ALL"]}, container["name"]
            assert not inner.get("privileged"), container["name"]
            assert inner.get("runAsUser", 1) > 0, container["name"]
            assert all("hostPort" not in port for port in container.get("ports", [])), container["name"]


def test_no_container_of_ours_can_write_to_its_image(overlay: str) -> None:
    for pod in _whole(overlay):
        for container in pod.containers:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, container["name"]


def test_no_pod_has_a_token_or_variables_that_nobody_asked_for(overlay: str) -> None:
    for pod in _whole(overlay):
        assert pod.spec["automountServiceAccountToken"] is False, pod
        assert pod.spec["enableServiceLinks"] is False, pod
        account = rendered.named(overlay, "ServiceAccount", pod.spec["serviceAccountName"])
        assert account["automountServiceAccountToken"] is False, pod


def test_every_container_has_requests_and_limits(overlay: str) -> None:
    for pod in _whole(overlay):
        for container in pod.containers:
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}, container["name"]
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}, container["name"]


def test_every_probe_asks_a_port_that_is_there(overlay: str) -> None:
    for pod in _whole(overlay):
        for container in pod.spec["containers"]:
            assert set(container) >= PROBES, container["name"]
            ports = {port["name"] for port in container["ports"]}
            for probe in PROBES:
                asked = container[probe].get("httpGet") or container[probe]["tcpSocket"]
                assert asked["port"] in ports, (container["name"], probe)


def test_every_service_leads_to_a_port_that_is_there(overlay: str) -> None:
    pods = rendered.pods(overlay)
    for service in rendered.objects(overlay, "Service"):
        (pod,) = [pod for pod in pods if service["spec"]["selector"].items() <= pod.labels.items()]
        names = {port["name"] for container in pod.containers for port in container.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names, service["metadata"]["name"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_listens_where_its_manifest_says(overlay: str, name: str) -> None:
    told = rendered.named(overlay, "ConfigMap", "parley")["data"]
    (container,) = rendered.pod(overlay, name).containers
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    assert ports == {"http": told["PORT"], "ops": told["OPS_PORT"]}
    assert told["HOST"] == "0.0.0.0"  # noqa: S104 - the pod's network, behind its policies


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_asked_for_its_own_health_on_the_ops_port(overlay: str, name: str) -> None:
    (container,) = rendered.pod(overlay, name).containers
    asked = {probe: (container[probe]["httpGet"]["path"], container[probe]["httpGet"]["port"]) for probe in PROBES}
    assert asked == {
        "startupProbe": ("/health/ready", "ops"),
        "readinessProbe": ("/health/ready", "ops"),
        "livenessProbe": ("/health/live", "ops"),
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_time_for_its_drain(overlay: str, name: str) -> None:
    pod = rendered.pod(overlay, name)
    (container,) = pod.containers
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    goodbye = connections.GOAWAY_RETRY_SECONDS + connections.CLOSE_TIMEOUT_SECONDS
    settings = rendered.named(overlay, "ConfigMap", "parley")["data"]
    leave = float(settings["LEAVE_SECONDS"])
    assert leave > routes.SECONDS_BETWEEN_LOOKS + 2  # until the gateway knows, whatever the cluster's DNS still says
    drain = leave + 2 * application.SHUTDOWN_SECONDS + goodbye
    assert pause >= 6  # what the cluster's DNS may be late, and one look of the gateway
    assert pod.spec["terminationGracePeriodSeconds"] >= pause + drain + SPARE_SECONDS


@pytest.mark.parametrize("name", SERVICES)
def test_a_rollout_takes_nobody_away_before_another_serves(overlay: str, name: str) -> None:
    deployment = rendered.named(overlay, "Deployment", name)
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in deployment["spec"]
    assert _scaler(overlay, name)["minReplicas"] >= 2


def test_every_workload_is_spread_and_has_a_disruption_budget(overlay: str) -> None:
    budgets = [one["spec"] for one in rendered.objects(overlay, "PodDisruptionBudget")]
    for pod in rendered.pods(overlay):
        spread = pod.spec["topologySpreadConstraints"]
        assert "kubernetes.io/hostname" in {one["topologyKey"] for one in spread}, pod
        for one in spread:
            assert one["labelSelector"]["matchLabels"].items() <= pod.labels.items(), pod
        if pod.whole:  # an operator makes its own
            (budget,) = [one for one in budgets if one["selector"]["matchLabels"].items() <= pod.labels.items()]
            assert budget["maxUnavailable"] == 1, pod


def test_each_replica_is_named_after_its_pod(overlay: str) -> None:
    (container,) = rendered.pod(overlay, "chat").containers
    assert {"name": "REPLICA", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}} in [
        _with_version(variable) for variable in container["env"]
    ]


def test_chat_scales_by_sockets_in_production_and_by_cpu_elsewhere() -> None:
    (by_sockets,) = _scaler("production", "chat")["metrics"]
    assert by_sockets["pods"]["metric"]["name"] == "parley_connections"
    (by_cpu,) = _scaler("dev", "chat")["metrics"]
    assert by_cpu["resource"]["name"] == "cpu"


def test_chat_scales_down_one_by_one_and_late(overlay: str) -> None:
    down = _scaler(overlay, "chat")["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= 1800
    assert down["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 600}]


def test_image_tags_are_those_of_compose(overlay: str) -> None:
    compose = (rendered.ROOT / "docker-compose.yml").read_text()
    with_defaults = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", compose)
    known = set(re.findall(r"^ +image: (\S+)(?: +#.*)?$", with_defaults, re.MULTILINE))
    images = {container["image"] for pod in _whole(overlay) for container in pod.containers}
    images |= {one["spec"]["image"] for one in rendered.objects(overlay, "RabbitmqCluster")}
    assert images <= known
    for one in rendered.objects(overlay, "MongoDBCommunity"):
        assert f"mongo:{one['spec']['version'].partition('.')[0]}" in known


def _whole(overlay: str) -> list[Pod]:
    return [pod for pod in rendered.pods(overlay) if pod.whole]


def _scaler(overlay: str, name: str) -> Object:
    scaler = rendered.named(overlay, "HorizontalPodAutoscaler", name)
    assert scaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    spec: Object = scaler["spec"]
    return spec


def _with_version(variable: Object) -> Object:
    reference = variable["valueFrom"]["fieldRef"]
    return variable | {"valueFrom": {"fieldRef": {"apiVersion": "v1"} | reference}}
