"""The development stores find one another and let in only whom they should, run in containers as Kubernetes would."""

import io
import json
import runpy
from collections.abc import Iterator
from contextlib import ExitStack

import pymongo
import pytest
from bson.raw_bson import RawBSONDocument

from deploy import backup
from tests.k8s import containers, rendered
from tests.k8s.containers import Pods

TIMEOUT_SECONDS = 300  # each of three servers takes its time on a busy machine
pytestmark = pytest.mark.timeout(TIMEOUT_SECONDS)

READ_OWN_AND_OTHERS = """
    const session = db.getMongo();
    session.getDB("auth").probe.insertOne({ at: new Date() }, { writeConcern: { w: "majority", j: true } });
    try { session.getDB("chat").probe.findOne(); print("read chat"); } catch (e) { print(e.codeName); }
"""


@pytest.fixture(scope="module")
def secrets() -> dict[str, dict[str, str]]:
    made = runpy.run_path(str(rendered.K8S / "make_secrets.py"))["make"]("parley")
    return {one["metadata"]["name"]: one["stringData"] for one in made["items"]}


@pytest.fixture(scope="module")
def stores(secrets: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Pods]]:
    """Both: one starts while the other is looked at."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(containers.running(name, secrets[name], tmp_path_factory.mktemp(name)))
            for name in ("mongodb", "rabbitmq")
        }


def test_three_mongods_become_a_replica_set_with_a_user_for_each_service(
    secrets: dict[str, dict[str, str]], stores: dict[str, Pods]
) -> None:
    pods = stores["mongodb"]
    url = secrets["auth"]["mongo_url"] + "&serverSelectionTimeoutMS=2000"
    shell = ["mongosh", "--quiet", "--norc", url, "--eval"]
    pods.until(1, "Unauthorized", *shell, READ_OWN_AND_OTHERS)
    pods.until(2, "^3$", *shell, "print(db.hello().hosts.length)")
    anonymous = ["mongosh", "--quiet", "--norc", "mongodb://mongodb-0.mongodb-svc/admin", "--eval"]
    assert pods.run(1, *anonymous, "db.getUsers()") == ""
    first = pods.containers[0]  # which leads whenever it can
    first.reload()
    (network,) = first.attrs["NetworkSettings"]["Networks"].values()
    password = secrets["mongodb"]["backup_password"]
    _save_and_restore(f"mongodb://backup:{password}@{network['IPAddress']}/?authSource=admin&directConnection=true")


def test_three_rabbitmqs_become_one_cluster_with_a_user_for_each_service(stores: dict[str, Pods]) -> None:
    pods = stores["rabbitmq"]
    asked = ["rabbitmqctl", "--quiet", "--formatter", "json"]
    nodes = [f"rabbit@rabbitmq-{number}.rabbitmq-nodes.parley.svc" for number in range(3)]
    for node in nodes:
        pods.until(2, rf'running_nodes":\[[^]]*"{node}"', *asked, "cluster_status")
    pods.until(1, "user", *asked, "list_permissions", "--vhost", "parley")
    users = json.loads(pods.run(0, *asked, "list_users"))
    assert {user["user"] for user in users} == {"auth", "chat"}


def _save_and_restore(url: str) -> None:
    """As docs/operations-kubernetes.md does, by the user that is there for it."""
    with pymongo.MongoClient[RawBSONDocument](url, document_class=RawBSONDocument) as client:
        file = io.BytesIO()
        saved = backup.save(client, file, "fingerprint", backup.Progress())
        client["auth"]["probe"].delete_many({})
        file.seek(0)
        assert backup.load(client, file, "fingerprint", backup.Progress()) == saved > 0
        assert client["auth"]["probe"].count_documents({}) == saved
        assert client["chat"]["meta"].count_documents({"_id": "epoch"}) == 1
