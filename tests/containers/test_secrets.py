"""The secrets of an installation: random, kept, and nowhere but in the files of who needs them."""

import hashlib
import json

from tests.containers.installation import LONG_RUNNING, ONE_SHOT, Installation

NEEDED = {
    "auth": {"auth_secret", "mongo_url", "amqp_url"},
    "chat": {"mongo_url", "amqp_url"},
    "mongodb": {"root_password"},
    "rabbitmq": {"definitions.json"},
}
READ_ALL = """
import json
from pathlib import Path
print(json.dumps({path.name: path.read_text().strip() for path in Path("/kept").iterdir()}))
"""


def test_a_service_sees_its_own_secrets_and_can_change_none(installation: Installation) -> None:
    for service, names in NEEDED.items():
        assert set(installation.inside(service, "ls", "/run/secrets").split()) == names
        script = "echo x >/run/secrets/intruder; for file in /run/secrets/*; do echo x >$file; done; ls /run/secrets"
        assert set(installation.inside(service, "sh", "-c", f"({script}) 2>/dev/null").split()) == names
    assert not installation.inside("gateway", "sh", "-c", "ls /run/secrets 2>/dev/null; true").split()


def test_secrets_are_long_and_different(installation: Installation) -> None:
    secrets = kept(installation)
    assert len(secrets) >= 7
    assert len(set(secrets.values())) == len(secrets)
    assert all(len(value) >= 43 for value in secrets.values())


def test_another_start_keeps_the_secrets(installation: Installation) -> None:
    before = kept(installation), digest_of_all(installation)
    assert "as they were" in installation.compose("run", "--rm", "-T", "secrets")
    assert (kept(installation), digest_of_all(installation)) == before


def test_no_secret_is_in_what_docker_tells(installation: Installation) -> None:
    secrets = kept(installation).values()
    told = [
        *(json.dumps(installation.inspect(service)) for service in (*LONG_RUNNING, *ONE_SHOT)),
        *(
            installation.command("docker", "history", "--no-trunc", installation.image(name))
            for name in ("auth", "chat")
        ),
        installation.compose("config"),
        installation.compose("logs", "--no-color"),
    ]
    assert all(len(text) > 100 for text in told)
    assert not [secret for secret in secrets for text in told if secret in text]


def test_signing_keys_are_rotated_by_a_command(installation: Installation) -> None:
    keys = ("python", "-m", "auth_service", "keys")
    before = [line.split()[0] for line in installation.inside("auth", *keys, "list").splitlines()]
    after = {line.split()[0]: line.split()[1] for line in installation.inside("auth", *keys, "rotate").splitlines()}
    assert "signs" in after.values()
    assert list(after.values()).count("next") == 1
    assert set(before) - after.keys() == set()


def kept(installation: Installation) -> dict[str, str]:
    found: dict[str, str] = json.loads(installation.python_beside("", READ_ALL, mounts=["secrets:/kept:ro"]))
    return found


def digest_of_all(installation: Installation) -> str:
    """Of the files as the containers see them."""
    read = "cat /run/secrets/*"
    return hashlib.sha256("".join(installation.inside(name, "sh", "-c", read) for name in NEEDED).encode()).hexdigest()
