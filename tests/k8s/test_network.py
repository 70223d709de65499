"""Who may reach whom: the arrows of docs/architecture.md and nobody else, by what the policies say together."""

from dataclasses import dataclass
from itertools import product

import pytest

from tests.k8s import rendered
from tests.k8s.rendered import NAME, Object

NAMESPACE = "parley"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
UNUSED_PORT = 9999

# (from, to, port). The services' second port, with health and metrics, is for the gateway's health checks.
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
DNS = {(name, "dns", 53) for name in ("gateway", "auth", "chat", "mongodb", "rabbitmq")}
PROMETHEUS = {("prometheus", "auth", 8001), ("prometheus", "chat", 8001), ("prometheus", "rabbitmq", 15692)}
ARROWS = {
    "dev": SERVICES | STORES | OUR_GATEWAY | DNS | {("world", "gateway", 8420)},
    "production": SERVICES
    | STORES
    | OUR_GATEWAY
    | DNS
    | PROMETHEUS
    | {("world", "gateway", 8420), ("world", "gateway", 8480)}
    | {("mongodb", "API server", 443), ("mongodb", "API server", 6443)},
    "production-gateway-api": SERVICES
    | STORES
    | {arrow for arrow in DNS if arrow[0] != "gateway"}
    | PROMETHEUS
    | {("cluster gateway", "auth", 8000), ("cluster gateway", "chat", 8000)}
    | {("mongodb", "API server", 443), ("mongodb", "API server", 6443)},
}


@dataclass(frozen=True)
class Place:
    """Somebody who sends or is sent to. Without a namespace: outside the cluster, at an address."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    namespace: str = ""


PLACES_OUTSIDE = [
    Place("world"),
    Place("API server"),
    Place("dns", (("k8s-app", "kube-dns"),), "kube-system"),
    Place("prometheus", ((NAME, "prometheus"),), "monitoring"),
    Place("cluster gateway", ((NAME, "envoy"),), "gateway-system"),
    Place("somebody else's pod", ((NAME, "chat"),), "default"),
]


def test_every_arrow_is_allowed_and_no_other(overlay: str) -> None:
    inside = [Place(pod.name, tuple(pod.labels.items()), NAMESPACE) for pod in rendered.pods(overlay)]
    policies = rendered.objects(overlay, "NetworkPolicy")
    ports = {port["port"] for policy in policies for port in _ports(policy)} | {UNUSED_PORT}
    found = {
        (source.name, target.name, port)
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


@pytest.mark.parametrize("store", ["mongodb", "rabbitmq"])
def test_the_gateway_has_no_way_to_a_store(store: str) -> None:
    assert not {arrow for arrows in ARROWS.values() for arrow in arrows if arrow[:2] == ("gateway", store)}


def _leaves(policies: list[Object], source: Place, target: Place, port: int) -> bool:
    return source.namespace != NAMESPACE or _allowed(policies, "Egress", source, target, port)


def _enters(policies: list[Object], source: Place, target: Place, port: int) -> bool:
    return target.namespace != NAMESPACE or _allowed(policies, "Ingress", target, source, port)


def _allowed(policies: list[Object], kind: str, pod: Place, other: Place, port: int) -> bool:
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
        and ("ports" not in rule or port in {one["port"] for one in rule["ports"]})
        for rule in rules
    )


def _is(peer: Object, place: Place) -> bool:
    if "ipBlock" in peer:
        return place.name == "API server"  # the only blocks here are private ones
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
