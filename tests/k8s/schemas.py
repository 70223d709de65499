"""Schemas of the custom resources: the fields that ours use, as their definitions have them, and no others.

Read off the definitions of the RabbitMQ Cluster Operator 2.x, MongoDB Controllers for Kubernetes 1.x, the Prometheus
Operator 0.8x and Gateway API 1.x. A field that is used and not here fails, so a typing error does. Why not the
definitions themselves: docs/decisions/0121-schemas-of-custom-resources.md.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
COUNT: Schema = {"type": "integer", "minimum": 0}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
QUANTITY: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|[KMGT]i?)?$"}
DURATION: Schema = {"type": "string", "pattern": r"^([0-9]+(ms|[smhd]))+$"}
LABELS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
ANYTHING: Schema = {"type": "object"}  # a part of a core type, validated as such elsewhere


def record(*required: str, **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def array(items: Schema, at_least: int = 1) -> Schema:
    return {"type": "array", "items": items, "minItems": at_least}


RESOURCES = record(
    requests={"type": "object", "additionalProperties": QUANTITY},
    limits={"type": "object", "additionalProperties": QUANTITY},
)
SELECTOR = record(
    matchLabels=LABELS,
    matchExpressions=array(
        record("key", "operator", key=TEXT, operator={"enum": ["In", "NotIn", "Exists"]}, values=array(TEXT))
    ),
)
NAMED = record("name", name=TEXT)

MONGODB = record(
    "type",
    "members",
    "version",
    "security",
    "users",
    type={"enum": ["ReplicaSet"]},
    members={"type": "integer", "minimum": 0, "maximum": 50},
    version=TEXT,
    security=record(
        authentication=record("modes", modes=array({"enum": ["SCRAM", "SCRAM-SHA-256", "SCRAM-SHA-1", "X509"]}))
    ),
    users=array(
        record(
            "name",
            "roles",
            "scramCredentialsSecretName",
            name=TEXT,
            db=TEXT,
            passwordSecretRef=record("name", name=TEXT, key=TEXT),
            scramCredentialsSecretName={"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
            roles=array(record("db", "name", db=TEXT, name=TEXT)),
        )
    ),
    additionalMongodConfig=ANYTHING,
    statefulSet=record("spec", spec=ANYTHING),
)
RABBITMQ = record(
    replicas=COUNT,
    image=TEXT,
    terminationGracePeriodSeconds=COUNT,
    persistence=record(storage=QUANTITY, storageClassName=TEXT),
    resources=RESOURCES,
    rabbitmq=record(
        additionalPlugins=array({"type": "string", "pattern": r"^\w+$", "maxLength": 100}),
        additionalConfig=TEXT | {"maxLength": 2000},
        advancedConfig=TEXT | {"maxLength": 100_000},
        envConfig=TEXT | {"maxLength": 100_000},
    ),
    override=record(statefulSet=record("spec", spec=ANYTHING)),
)
SERVICE_MONITOR = record(
    "selector",
    "endpoints",
    selector=SELECTOR,
    endpoints=array(record(port=TEXT, path=TEXT, interval=DURATION, scrapeTimeout=DURATION)),
)
RECORDING_RULE = record(
    "record", "expr", record={"type": "string", "pattern": "^[a-zA-Z_:][a-zA-Z0-9_:]*$"}, expr=TEXT, labels=LABELS
)
ALERTING_RULE = record("alert", "expr", alert=TEXT, expr=TEXT, labels=LABELS, annotations=LABELS, **{"for": DURATION})
PROMETHEUS_RULE = record(
    "groups",
    groups=array(
        record("name", "rules", name=TEXT, interval=DURATION, rules=array({"oneOf": [RECORDING_RULE, ALERTING_RULE]}))
    ),
)
GATEWAY = record(
    "gatewayClassName",
    "listeners",
    gatewayClassName=TEXT,
    listeners=array(
        record(
            "name",
            "port",
            "protocol",
            name=TEXT,
            port=PORT,
            protocol={"enum": ["HTTP", "HTTPS"]},
            hostname=TEXT,
            tls=record(certificateRefs=array(NAMED)),
        )
    ),
)
HTTP_ROUTE = record(
    "parentRefs",
    parentRefs=array(record("name", name=TEXT, sectionName=TEXT)),
    hostnames=array(TEXT),
    rules=array(
        record(
            matches=array(
                record(path=record("type", "value", type={"enum": ["Exact", "PathPrefix"]}, value={"pattern": "^/"}))
            ),
            filters=array(
                record(
                    "type",
                    type={"enum": ["RequestRedirect"]},
                    requestRedirect=record(scheme={"enum": ["http", "https"]}, statusCode={"enum": [301, 302]}),
                )
            ),
            backendRefs=array(record("name", "port", name=TEXT, port=PORT)),
            timeouts=record(request=DURATION, backendRequest=DURATION),
        )
    ),
)

SPECS: dict[tuple[str, str], Schema] = {
    ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity"): MONGODB,
    ("rabbitmq.com/v1beta1", "RabbitmqCluster"): RABBITMQ,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): SERVICE_MONITOR,
    ("monitoring.coreos.com/v1", "PrometheusRule"): PROMETHEUS_RULE,
    ("gateway.networking.k8s.io/v1", "Gateway"): GATEWAY,
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): HTTP_ROUTE,
}
