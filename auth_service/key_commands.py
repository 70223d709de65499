"""`python -m auth_service keys list`, `rotate` and `retire KID`: the signing keys, for who has the machine.

Rotating is safe at any time: the next key is published an hour before it signs, so every verifier knows it by then, and
the present one stays published until the last token that it signed is over. Running replicas notice within a minute.

Retiring is for a key that somebody else may have: its tokens are refused as soon as the services know, which takes six
minutes or a restart. People notice nothing but a renewal.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pymongo.errors import PyMongoError

from auth_service.audit import COMMAND_LINE, Act, Actor, Audit
from auth_service.keys import Keys, KeysUnreadable, UnknownKey
from auth_service.settings import AuthSettings
from chassis import logs, mongo

ACTOR = Actor(COMMAND_LINE)
EXIT_REFUSED = 1


def run(arguments: Sequence[str], load: Callable[[], AuthSettings]) -> int:
    """Do what the arguments say; the exit code: 0 done, 1 not possible now, 2 a mistake in the command."""
    parser = argparse.ArgumentParser(prog="python -m auth_service keys", description=(__doc__ or "").partition("\n")[0])
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="the keys, the oldest first")
    acts.add_parser("rotate", help="make the next key now, which signs in an hour")
    acts.add_parser("retire", help="refuse what this key signed, and sign with another").add_argument(
        "kid", metavar="KID"
    )
    asked = parser.parse_args(arguments)
    told = load().model_copy(update={"log_level": "ERROR"})  # standard output is for what was asked
    logs.configure("auth", told)
    try:
        asyncio.run(_run(asked, told))
    except (PyMongoError, KeysUnreadable, UnknownKey) as reason:
        print(f"The keys can't be used: {str(reason)[:200]}", file=sys.stderr)  # noqa: T201 - a command says why not on standard error
        return EXIT_REFUSED
    return 0


async def _run(asked: argparse.Namespace, told: AuthSettings) -> None:
    async with mongo.connect(told.mongo_url, told.mongo_database) as database:
        keys = Keys(database, told.auth_secret.get_secret_value())
        await keys.prepare()
        audit = Audit(database)
        if asked.act == "rotate":
            await keys.rotate()
            await audit.record(ACTOR, Act.KEY_ROTATED)
        if asked.act == "retire":
            await keys.retire(asked.kid)
            await audit.record(ACTOR, Act.KEY_RETIRED, key=asked.kid)
        now = datetime.now(UTC)
        for key in keys.all:
            state = "next" if key.signs_from > now else "signs" if key == keys.signing else "retires"
            print(f"{key.kid}\t{state}\tfrom {key.signs_from:%Y-%m-%dT%H:%M:%SZ}")  # noqa: T201 - a command answers on standard output
