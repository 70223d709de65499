"""The development stores find one another and let in only whom they should, run in containers as Kubernetes would."""

import json
import runpy
from pathlib import Path

import pytest

from tests.k8s import containers, rendered

TIMEOUT_SECONDS = 300  # each of three servers takes its time on a busy machine
pytestmark = pytest.mark.timeout(TIMEOUT_SECONDS)

READ_OWN_AND_OTHERS = """
    const session = db.getMongo();
    session.getDB("auth").probe.insertOne({ at: new Date() }, { writeConcern: { w: "majority", j: true } });
    try { session.getDB("chat").probe.findOne(); print("read chat"); } catch (e) { print(e.codeName); }
"""


@pytest.fixture
def secrets() -> dict[str, dict[str, str]]:
    made = runpy.run_path(str(rendered.K8S / "make_secrets.py"))["make"]("parley")
    return {one["metadata"]["name"]: one["stringData"] for one in made["items"]}


def test_three_mongods_become_a_replica_set_with_a_user_for_each_service(
    secrets: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    with containers.running("mongodb", secrets["mongodb"], tmp_path) as pods:
        url = secrets["auth"]["mongo_url"] + "&serverSelectionTimeoutMS=2000"
        shell = ["mongosh", "--quiet", "--norc", url, "--eval"]
        pods.until(1, "Unauthorized", *shell, READ_OWN_AND_OTHERS)
        pods.until(2, "^3$", *shell, "print(db.hello().hosts.length)")
        anonymous = ["mongosh", "--quiet", "--norc", "mongodb://mongodb-0.mongodb-svc/admin", "--eval"]
        assert pods.run(1, *anonymous, "db.getUsers()") == ""


def test_three_rabbitmqs_become_one_cluster_with_a_user_for_each_service(
    secrets: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    with containers.running("rabbitmq", secrets["rabbitmq"], tmp_path) as pods:
        asked = ["rabbitmqctl", "--quiet", "--formatter", "json"]
        nodes = [f"rabbit@rabbitmq-{number}.rabbitmq-nodes.parley.svc" for number in range(3)]
        for node in nodes:
            pods.until(2, rf'running_nodes":\[[^]]*"{node}"', *asked, "cluster_status")
        pods.until(1, "user", *asked, "list_permissions", "--vhost", "parley")
        users = json.loads(pods.run(0, *asked, "list_users"))
        assert {user["user"] for user in users} == {"auth", "chat"}
