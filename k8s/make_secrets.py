"""Random secrets for a new cluster, as JSON that kubectl reads; nothing is written anywhere else.

    python3 k8s/make_secrets.py | kubectl create -f -

`create` and not `apply`: a second run must not replace what the databases were set up with, so it fails instead.
Needs Python's standard library only.
"""  # noqa: INP001 - a script, run by itself

import argparse
import base64
import hashlib
import json
import secrets
import sys

SERVICES = ("auth", "chat")
MONGODB = "mongodb-0.mongodb-svc,mongodb-1.mongodb-svc,mongodb-2.mongodb-svc"
RABBITMQ = "rabbitmq"
VIRTUAL_HOST = "parley"
# What each may configure, write to and read from. Auth declares the exchange by which it wakes chat and writes to it;
# chat declares both exchanges and queues named by the broker, writes to its own and reads from both.
PERMISSIONS = {
    "auth": (r"^parley\.accounts$", r"^parley\.accounts$", r"^$"),
    "chat": (
        r"^(parley\.events|parley\.accounts|amq\.gen-.*)$",
        r"^(parley\.events|amq\.gen-.*)$",
        r"^(parley\.events|parley\.accounts|amq\.gen-.*)$",
    ),
}
KEYFILE_BYTES = 567  # 756 characters; MongoDB takes up to 1024
LABELS = {"app.kubernetes.io/part-of": "parley"}


def make(namespace: str) -> dict[str, object]:
    """A `List` of Secrets: for each service, in which file names are settings, for each store, and for backups."""
    database = {name: secrets.token_urlsafe(32) for name in (*SERVICES, "backup")}
    auth_secret = secrets.token_urlsafe(48)
    broker = {name: secrets.token_urlsafe(32) for name in SERVICES}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            _secret(
                namespace,
                "auth",
                mongo_url=_mongo_url("auth", database["auth"]),
                amqp_url=_amqp_url("auth", broker["auth"]),
                auth_secret=auth_secret,
            ),
            _secret(
                namespace,
                "chat",
                mongo_url=_mongo_url("chat", database["chat"]),
                amqp_url=_amqp_url("chat", broker["chat"]),
            ),
            _secret(
                namespace,
                "backup",
                mongo_url=_mongo_url("backup", database["backup"]),
                auth_secret_fingerprint=hashlib.sha256(auth_secret.encode()).hexdigest(),
            ),
            _secret(
                namespace,
                "mongodb",
                keyfile=base64.b64encode(secrets.token_bytes(KEYFILE_BYTES)).decode(),
                admin_password=secrets.token_urlsafe(32),
                **{f"{name}_password": password for name, password in database.items()},
            ),
            _secret(
                namespace,
                "rabbitmq",
                erlang_cookie=secrets.token_hex(32),
                **{"definitions.json": json.dumps(_definitions(broker))},
            ),
        ],
    }


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--namespace", default="parley")
    json.dump(make(words.parse_args().namespace), sys.stdout, indent=2)


def _mongo_url(name: str, password: str) -> str:
    return f"mongodb://{name}:{password}@{MONGODB}/{name}?authSource=admin&replicaSet=mongodb"


def _amqp_url(name: str, password: str) -> str:
    return f"amqp://{name}:{password}@{RABBITMQ}:5672/{VIRTUAL_HOST}"


def _definitions(broker: dict[str, str]) -> dict[str, object]:
    return {
        "vhosts": [{"name": VIRTUAL_HOST}],
        "users": [
            {
                "name": name,
                "password_hash": _password_hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for name, password in broker.items()
        ],
        "permissions": [
            {"user": name, "vhost": VIRTUAL_HOST, "configure": configure, "write": write, "read": read}
            for name, (configure, write, read) in PERMISSIONS.items()
        ],
    }


def _password_hash(password: str) -> str:
    """RabbitMQ's format: base64 of a salt of four bytes and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _secret(namespace: str, name: str, **files: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": LABELS},
        "type": "Opaque",
        "stringData": files,
    }


if __name__ == "__main__":
    main()
