"""The pod that saves and restores: it may reach the database, as a user that the database has, and nothing else."""

import runpy
from hashlib import sha256

import kubernetes_validate
import pytest

from deploy import backup
from tests.k8s import rendered
from tests.k8s.test_validity import OLDEST_AND_NEWEST_VERSION

FOLDER = "../backup"  # as seen from the overlays
READ_WRITE = {"auth": {"auth"}, "chat": {"chat"}, "backup": {"auth", "chat"}}


def secrets() -> dict[str, dict[str, str]]:
    made = runpy.run_path(str(rendered.K8S / "make_secrets.py"))["make"]("parley")
    return {one["metadata"]["name"]: one["stringData"] for one in made["items"]}


@pytest.mark.parametrize("version", OLDEST_AND_NEWEST_VERSION)
def test_every_object_is_strictly_valid(version: str) -> None:
    for one in rendered.objects(FOLDER):
        assert one["metadata"]["namespace"] == "parley"
        kubernetes_validate.validate(one, version, strict=True)


def test_the_pod_is_restricted_and_has_the_secrets_that_the_program_reads() -> None:
    (pod,) = rendered.objects(FOLDER, "Pod")
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    (mount,) = container["volumeMounts"]
    assert (mount["mountPath"], mount["readOnly"]) == (str(backup.SECRETS), True)
    (volume,) = pod["spec"]["volumes"]
    assert volume["secret"] == {"secretName": "backup", "defaultMode": 0o440}
    assert set(secrets()["backup"]) == {"mongo_url", "auth_secret_fingerprint"}


def test_it_may_reach_the_database_and_nobody_may_reach_it() -> None:
    rules = {one["metadata"]["name"]: one["spec"] for one in rendered.objects(FOLDER, "NetworkPolicy")}
    itself, mongodb = ({"matchLabels": {rendered.NAME: name}} for name in ("backup", "mongodb"))
    assert rules == {
        "backup-to-mongodb": {
            "podSelector": itself,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": mongodb}], "ports": [{"port": 27017}]}],
        },
        "mongodb-from-backup": {
            "podSelector": mongodb,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": itself}], "ports": [{"port": 27017}]}],
        },
    }


@pytest.mark.parametrize("overlay", ["production", "production-gateway-api"])
def test_the_operator_makes_the_users_that_there_are_with_the_passwords_that_they_have(overlay: str) -> None:
    made = secrets()
    (database,) = rendered.objects(overlay, "MongoDBCommunity")
    users = {user["name"]: user for user in database["spec"]["users"]}
    assert {name: {role["db"] for role in user["roles"]} for name, user in users.items()} == READ_WRITE
    assert {role["name"] for user in users.values() for role in user["roles"]} == {"readWrite"}
    for name, user in users.items():
        password = made[user["passwordSecretRef"]["name"]][user["passwordSecretRef"]["key"]]
        assert made[name]["mongo_url"].startswith(f"mongodb://{name}:{password}@")
        assert f"authSource={user['db']}" in made[name]["mongo_url"]


def test_a_backup_knows_by_which_secret_its_keys_are_encrypted() -> None:
    made = secrets()
    assert made["backup"]["auth_secret_fingerprint"] == sha256(made["auth"]["auth_secret"].encode()).hexdigest()
