"""`python -m deploy.database_users`: a MongoDB user for each service, with read-write on its own database only.

Runs at every `docker compose up`: what is right already stays, a rotated password is changed.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

SECRETS = Path("/run/secrets")
HOST = "mongodb"
TIMEOUT_MS = 60_000
MECHANISMS = ["SCRAM-SHA-256"]
AUTHENTICATION_FAILED = 18

Client = MongoClient[dict[str, Any]]


def main() -> None:
    root_password = (SECRETS / "root_password").read_text()
    with _sign_in(root_password, (SECRETS / "previous_root_password").read_text()) as client:
        for name, user in json.loads((SECRETS / "users.json").read_text()).items():
            roles = [{"role": "readWrite", "db": database} for database in user["databases"]]
            exists = client.admin.command("usersInfo", name)["users"]
            client.admin.command(
                "updateUser" if exists else "createUser",
                name,
                pwd=user["password"],
                roles=roles,
                mechanisms=MECHANISMS,
            )
            sys.stdout.write(f"database user {name}: {'up to date' if exists else 'made'}\n")


def _sign_in(password: str, previous: str) -> Client:
    client = _client(password)
    try:
        client.admin.command("usersInfo", "root")
    except OperationFailure as reason:
        client.close()
        if reason.code != AUTHENTICATION_FAILED or not previous:
            raise
        # root's password was rotated: the database still has the old one
        with _client(previous) as earlier:
            earlier.admin.command("updateUser", "root", pwd=password)
        sys.stdout.write("database user root: password changed\n")
        return _client(password)
    return client


def _client(password: str) -> Client:
    return Client(HOST, username="root", password=password, serverSelectionTimeoutMS=TIMEOUT_MS, directConnection=True)


if __name__ == "__main__":
    main()
