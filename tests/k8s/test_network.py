"""Who may reach whom: the arrows of docs/architecture.md and nobody else, by what the policies say together."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import product

import pytest

from tests.k8s import rendered
from tests.k8s.rendered import NAME, Object

NAMESPACE = "parley"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
UNUSED_PORT = 9999
PROTOCOLS = ("TCP", "UDP", "SCTP")
POD_ADDRESS, API_SERVER_ADDRESS, WORLD_ADDRESS = "10.244.1.7", "10.96.0.1", "203.0.113.9"

Port = tuple[str, int]
Arrow = tuple[str, str, int | str]

# (from, to, port), of TCP where no protocol stands before it. The services' second port, with health and metrics, is
# for the gateway's health checks.
SERVICES = {("chat", "auth", 8000)}
STORES = {
    ("auth", "mongodb", 27017),
    ("chat", "mongodb", 27017),
    ("auth", "rabbitmq", 5672),  # wakes chat: accounts changed
    ("chat", "rabbitmq", 5672),
    ("mongodb", "mongodb", 27017),  # a store's members among themselves
    ("rabbitmq", "rabbitmq", 4369),
    ("rabbitmq", "rabbitmq", 5672),  # rabbitmq/start.sh: by which a new node sees that the first one serves
    ("rabbitmq", "rabbitmq", 25672),
}
OUR_GATEWAY = {
    ("gateway", "auth", 8000),
    ("gateway", "auth", 8001),
    ("gateway", "chat", 8000),
    ("gateway", "chat", 8001),
}
DNS = {(name, "dns", port) for name in ("gateway", "auth", "chat", "mongodb", "rabbitmq") for port in (53, "UDP 53")}
PROMETHEUS = {("prometheus", "auth", 8001), ("prometheus", "chat", 8001), ("prometheus", "rabbitmq", 15692)}
# Whom the API server's blocks let through, until somebody narrows them: whatever has a private address and no policy.
PRIVATE = ("API server", "dns", "prometheus", "cluster gateway", "somebody else's pod")
MONGODB_AGENT = {("mongodb", name, port) for name in PRIVATE for port in (443, 6443)}
ARROWS: dict[str, set[Arrow]] = {
    "dev": SERVICES | STORES | OUR_GATEWAY | DNS | {("world", "gateway", 8420)},
    "production": SERVICES
    | STORES
    | OUR_GATEWAY
    | DNS
    | PROMETHEUS
    | {("world", "gateway", 8420), ("world", "gateway", 8480)}
    | MONGODB_AGENT,
    "production-gateway-api": SERVICES
    | STORES
    | {arrow for arrow in DNS if arrow[0] != "gateway"}
    | PROMETHEUS
    | {("cluster gateway", "auth", 8000), ("cluster gateway", "chat", 8000)}
    | MONGODB_AGENT,
}


@dataclass(frozen=True)
class Place:
    """Somebody who sends or is sent to. Without a namespace: outside the cluster."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    namespace: str = ""
    address: str = POD_ADDRESS


PLACES_OUTSIDE = [
    Place("world", address=WORLD_ADDRESS),
    Place("API server", address=API_SERVER_ADDRESS),
    Place("dns", (("k8s-app", "kube-dns"),), "kube-system"),
    Place("prometheus", ((NAME, "prometheus"),), "monitoring"),
    Place("cluster gateway", ((NAME, "envoy"),), "gateway-system"),
    Place("somebody else's pod", ((NAME, "chat"),), "default"),
]


def test_every_arrow_is_allowed_and_no_other(overlay: str) -> None:
    inside = [Place(pod.name, tuple(pod.labels.items()), NAMESPACE) for pod in rendered.pods(overlay)]
    policies = rendered.objects(overlay, "NetworkPolicy")
    numbers = {port["port"] for policy in policies for port in _ports(policy)} | {UNUSED_PORT}
    ports = list(product(PROTOCOLS, numbers))
    found: set[Arrow] = {
        (source.name, target.name, port[1] if port[0] == "TCP" else " ".join(map(str, port)))
        for source, target in product([*inside, *PLACES_OUTSIDE], repeat=2)
        if source in inside or target in inside
        for port in ports
        if _leaves(policies, source, target, port) and _enters(policies, source, target, port)
    }
    from_anywhere = {arrow for arrow in found if ("world", *arrow[1:]) in found and arrow[0] != "world"}
    assert found - from_anywhere == ARROWS[overlay]


def test_every_pod_is_denied_what_is_not_allowed(overlay: str) -> None:
    default = rendered.named(overlay, "NetworkPolicy", "default-deny")["spec"]
    assert default == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_every_policy_applies_to_somebody(overlay: str) -> None:
    pods = rendered.pods(overlay)
    for policy in rendered.objects(overlay, "NetworkPolicy"):
        wanted = policy["spec"]["podSelector"].get("matchLabels", {})
        assert any(wanted.items() <= pod.labels.items() for pod in pods), policy["metadata"]["name"]


def test_whom_a_start_script_waits_for_it_may_reach() -> None:
    waits = {
        (script.parent.name, int(port))
        for script in rendered.K8S.rglob("*.sh")
        for port in re.findall(r"/dev/tcp/[^/\s]+/(\d+)", script.read_text())
    }
    assert waits  # each for a member of its own store, by a name that is made while it runs
    for name, port in waits:
        assert all((name, name, port) in arrows for overlay, arrows in ARROWS.items() if _runs_here(overlay, name))


def _runs_here(overlay: str, store: str) -> bool:
    return bool([one for one in rendered.objects(overlay, "StatefulSet") if one["metadata"]["name"] == store])


@pytest.mark.parametrize("store", ["mongodb", "rabbitmq"])
def test_the_gateway_has_no_way_to_a_store(store: str) -> None:
    assert not {arrow for arrows in ARROWS.values() for arrow in arrows if arrow[:2] == ("gateway", store)}


def _leaves(policies: list[Object], source: Place, target: Place, port: Port) -> bool:
    return source.namespace != NAMESPACE or _allowed(policies, "Egress", source, target, port)


def _enters(policies: list[Object], source: Place, target: Place, port: Port) -> bool:
    return target.namespace != NAMESPACE or _allowed(policies, "Ingress", target, source, port)


def _allowed(policies: list[Object], kind: str, pod: Place, other: Place, port: Port) -> bool:
    """As Kubernetes does it: no policy for a pod allows everything, one or more allow what any of their rules does."""
    end = {"Egress": "to", "Ingress": "from"}[kind]
    selecting = [
        policy["spec"]
        for policy in policies
        if kind in policy["spec"]["policyTypes"] and _selects(policy["spec"]["podSelector"], pod.labels)
    ]
    rules = [rule for spec in selecting for rule in spec.get(kind.lower(), [])]
    return not selecting or any(
        (end not in rule or any(_is(peer, other) for peer in rule[end]))
        and ("ports" not in rule or any(_is_port(one, port) for one in rule["ports"]))
        for rule in rules
    )


def _is_port(allowed: Object, port: Port) -> bool:
    assert set(allowed) <= {"protocol", "port", "endPort"}
    protocol, number = port
    first: int = allowed["port"]
    last: int = allowed.get("endPort", first)
    return allowed.get("protocol", "TCP") == protocol and first <= number <= last


def _is(peer: Object, place: Place) -> bool:
    if "ipBlock" in peer:  # of pods' own addresses too, as some network plugins have it
        block = peer["ipBlock"]
        inside = [ip_address(place.address) in ip_network(cidr) for cidr in (block["cidr"], *block.get("except", []))]
        return inside[0] and not any(inside[1:])
    if not place.namespace:
        return False
    if "namespaceSelector" in peer:
        namespace_matches = _selects(peer["namespaceSelector"], ((NAMESPACE_NAME, place.namespace),))
    else:
        namespace_matches = place.namespace == NAMESPACE
    return namespace_matches and _selects(peer.get("podSelector", {}), place.labels)


def _selects(selector: Object, labels: tuple[tuple[str, str], ...]) -> bool:
    assert set(selector) <= {"matchLabels"}, "this test knows no other selectors"
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= dict(labels).items()


def _ports(policy: Object) -> list[Object]:
    rules = [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
    return [port for rule in rules for port in rule.get("ports", [])]
