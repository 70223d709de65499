"""`python -m deploy.secret_volumes [rotate NAME ...]`: random secrets, and a volume for each container that reads some.

The folder `kept` holds each secret once and is mounted here only. Every other folder is a volume of one container and
has nothing but what that one needs, in the form it needs. Secrets that are there already stay as they are.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from standalone.rabbitmq import PERMISSIONS, VIRTUAL_HOST
from standalone.secret_files import secret, write_private

SECRETS = Path("/secrets")
NAMES = (
    "auth_secret",
    "root_database_password",
    "auth_database_password",
    "chat_database_password",
    "backup_database_password",
    "auth_broker_password",
    "chat_broker_password",
)
PREVIOUS_ROOT = "previous_root_database_passwords"  # who changes root's password has to sign in with an old one
DATABASE = "mongodb:27017"
BROKER = "rabbitmq:5672"
READABLE_BY_THE_ONE_WHO_MOUNTS_IT = 0o444  # that is one container, whose user has another number than ours


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["rotate"]:
        unknown = sorted(set(words[1:]) - set(NAMES))
        if unknown or not words[1:]:
            print(f"rotate which? {', '.join(unknown) or 'nothing'} is none of: {', '.join(NAMES)}", file=sys.stderr)
            return 2
        for name in words[1:]:
            rotate(SECRETS, name)
    elif words:
        print(__doc__, file=sys.stderr)
        return 2
    written = lay_out(SECRETS)
    print(f"secrets: {f'{written} files written' if written else 'as they were'}")
    return 0


def rotate(folder: Path, name: str) -> None:
    """Forget the secret, so that `lay_out` makes another."""
    kept = folder / "kept" / name
    if name == "root_database_password" and kept.exists():
        previous = folder / "kept" / PREVIOUS_ROOT
        write_private(previous, kept.read_text() + (previous.read_text() if previous.exists() else ""))
    kept.unlink(missing_ok=True)


def lay_out(folder: Path) -> int:
    """Make what is missing in `folder / "kept"` and bring all volumes up to date; how many files that changed."""
    one = {name: secret(folder / "kept", name) for name in NAMES}
    previous_root = folder / "kept" / PREVIOUS_ROOT
    databases = {"auth": ["auth"], "chat": ["chat"], "backup": ["auth", "chat"]}
    users = {name: {"password": one[f"{name}_database_password"], "databases": own} for name, own in databases.items()}
    files = {
        "mongodb/root_password": one["root_database_password"],
        "rabbitmq/definitions.json": definitions(one["auth_broker_password"], one["chat_broker_password"]),
        "database-users/root_password": one["root_database_password"],
        "database-users/previous_root_passwords": previous_root.read_text() if previous_root.exists() else "",
        "database-users/users.json": json.dumps(users),
        "auth/auth_secret": one["auth_secret"],
        "auth/mongo_url": mongo_url("auth", one["auth_database_password"]),
        "auth/amqp_url": amqp_url("auth", one["auth_broker_password"]),
        "chat/mongo_url": mongo_url("chat", one["chat_database_password"]),
        "chat/amqp_url": amqp_url("chat", one["chat_broker_password"]),
        "backup/mongo_url": mongo_url("backup", one["backup_database_password"]),
        "backup/auth_secret_fingerprint": hashlib.sha256(one["auth_secret"].encode()).hexdigest(),
    }
    return sum(_write(folder / path, text) for path, text in files.items())


def mongo_url(user: str, password: str) -> str:
    return f"mongodb://{user}:{password}@{DATABASE}/?authSource=admin"


def amqp_url(user: str, password: str) -> str:
    return f"amqp://{user}:{password}@{BROKER}/{VIRTUAL_HOST}"


def definitions(auth_password: str, chat_password: str) -> str:
    """All that RabbitMQ has beside what the services declare: with these there is no `guest`."""
    users = {"auth": auth_password, "chat": chat_password}
    return json.dumps(
        {
            "users": [
                {
                    "name": name,
                    "password_hash": password_hash(password),
                    "hashing_algorithm": "rabbit_password_hashing_sha256",
                    "tags": [],
                }
                for name, password in users.items()
            ],
            "vhosts": [{"name": VIRTUAL_HOST}],
            "permissions": [{"user": name, "vhost": VIRTUAL_HOST, **PERMISSIONS[name]} for name in users],
        },
        indent=1,
    )


def password_hash(password: str) -> str:
    """RabbitMQ's format. The salt comes from the password, which is random: so the same password is the same file."""
    salt = hashlib.sha256(b"salt of " + password.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _write(path: Path, text: str) -> bool:
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(exist_ok=True)
    write_private(path, text)
    path.chmod(READABLE_BY_THE_ONE_WHO_MOUNTS_IT)
    return True


if __name__ == "__main__":
    sys.exit(main())
