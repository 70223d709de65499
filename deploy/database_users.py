"""`python -m deploy.database_users`: a MongoDB user for each service, with read-write on its own database only.

Runs at every `docker compose up`: what is right already stays, a rotated password is changed.
"""

import json
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
    previous = (SECRETS / "previous_root_passwords").read_text().split()
    with _sign_in(root_password, previous) as client:
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
            print(f"database user {name}: {'up to date' if exists else 'made'}")


def _sign_in(password: str, previous: list[str]) -> Client:
    """As root. Where its password was rotated the database still has an earlier one, which is changed now."""
    if _works(password):
        return _client(password)
    for earlier in previous:
        if _works(earlier):
            with _client(earlier) as client:
                client.admin.command("updateUser", "root", pwd=password)
            print("database user root: password changed")
            return _client(password)
    raise SystemExit("no password of root's is right: the volumes `mongodb` and `secrets` are not of the same origin")


def _works(password: str) -> bool:
    with _client(password) as client:
        try:
            client.admin.command("usersInfo", "root")
        except OperationFailure as reason:
            if reason.code != AUTHENTICATION_FAILED:
                raise
            return False
    return True


def _client(password: str) -> Client:
    return Client(HOST, username="root", password=password, serverSelectionTimeoutMS=TIMEOUT_MS, directConnection=True)


if __name__ == "__main__":
    main()
