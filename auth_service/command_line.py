"""`python -m auth_service people ...`, `sign-up` and `audit`: what `/admin` does, for who has the machine.

Exit codes: 0 done, 1 refused or not possible now (standard error says why), 2 a mistake in the command or the settings.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pymongo.errors import PyMongoError

from auth_service.assembly import opened
from auth_service.audit import COMMAND_LINE, PAGE_ENTRIES, Actor
from auth_service.people import DELETED_PERSON, Listed
from auth_service.services import Services
from auth_service.settings import AuthSettings
from auth_service.sign_up import Policy
from chassis import logs
from chassis.problems import Problem

ACTOR = Actor(COMMAND_LINE)
EXIT_REFUSED = 1

Command = Callable[[Services, argparse.Namespace], Awaitable[None]]


def run(arguments: Sequence[str], load: Callable[[], AuthSettings]) -> int:
    """Do what the arguments say; the settings are loaded once it's clear that they say something. The exit code."""
    asked = _parser().parse_args(arguments)
    told = load().model_copy(update={"log_level": "ERROR"})  # standard output is for what was asked
    logs.configure("auth", told)
    return asyncio.run(_run(asked, told))


async def _run(asked: argparse.Namespace, told: AuthSettings) -> int:
    command: Command = asked.command
    try:
        async with opened(told) as services:
            await command(services, asked)
    except Problem as problem:
        return _refused(problem.detail)
    except PyMongoError as reason:
        return _refused(f"The database can't be used: {str(reason)[:200]}")
    return 0


async def _list(services: Services, asked: argparse.Namespace) -> None:
    after = ""
    while page := await services.people.page(asked.search, after):
        for person in page:
            _say(_line(person))
        after = page[-1].name_key


async def _reset_password(services: Services, asked: argparse.Namespace) -> None:
    person = await services.people.named(asked.name)
    _say(services.links.reset(await services.administration.make_reset_link(ACTOR, person.id)))


async def _sign_up(services: Services, asked: argparse.Namespace) -> None:
    if asked.policy:
        await services.administration.change_sign_up(ACTOR, Policy(asked.policy))
    _say((await services.sign_up.policy()).value)


async def _audit(services: Services, asked: argparse.Namespace) -> None:
    entries = await services.audit.page(limit=asked.limit)
    names = await services.people.names(one for entry in entries for one in (entry.who, entry.whom))
    for entry in entries:
        fields = [f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", _who(names, entry.who), entry.what]
        if entry.whom and entry.whom != entry.who:
            fields.append(_who(names, entry.whom))
        fields += [f"{name}={value}" for name, value in entry.details.items()]
        _say("\t".join([*fields, entry.address or ""]).rstrip("\t"))


def _act(name: str) -> Command:
    """An act of `Administration` that needs nothing but the person."""

    async def command(services: Services, asked: argparse.Namespace) -> None:
        person = await services.people.named(asked.name)
        await getattr(services.administration, name)(ACTOR, person.id)
        _say(_line(await services.people.named(person.id)))

    return command


PEOPLE: dict[str, tuple[str, Command]] = {
    "disable": ("sign somebody out everywhere and keep them out", _act("disable")),
    "enable": ("let somebody in again", _act("enable")),
    "end-sessions": ("sign somebody out everywhere", _act("end_sessions")),
    "revoke-tokens": ("end what somebody's programs sign in with", _act("revoke_tokens")),
    "reset-password": ("make a link to set a new password, good once and for 24 hours", _reset_password),
    "turn-off-second-factor": ("for who lost it: the password alone signs them in", _act("turn_off_second_factor")),
    "make-administrator": ("let somebody administer", _act("make_administrator")),
    "unmake-administrator": ("take administration away", _act("unmake_administrator")),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m auth_service",
        description="Without a command: run the service. For the signing keys: `keys --help`.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    people = commands.add_parser("people", help="list and manage people").add_subparsers(required=True, metavar="ACT")
    listing = people.add_parser("list", help="everybody, or whose name has SEARCH in it")
    listing.add_argument("search", nargs="?", default="", metavar="SEARCH")
    listing.set_defaults(command=_list)
    for name, (what, command) in PEOPLE.items():
        act = people.add_parser(name, help=what)
        act.add_argument("name", metavar="NAME", help="a name, or an id from the list")
        act.set_defaults(command=command)
    sign_up = commands.add_parser("sign-up", help="who may make an account")
    sign_up.add_argument("policy", nargs="?", choices=list(Policy), help="without it: what holds now")
    sign_up.set_defaults(command=_sign_up)
    audit = commands.add_parser("audit", help="the newest entries of the audit log")
    audit.add_argument("--limit", type=int, default=PAGE_ENTRIES, metavar="N")
    audit.set_defaults(command=_audit)
    return parser


def _line(person: Listed) -> str:
    states = ["administrator"] if person.administrator else []
    states += ["disabled"] if person.disabled_at else []
    return "\t".join([person.id, person.name, ",".join(states)]).rstrip("\t")


def _who(names: Mapping[str, str], who: str) -> str:
    return names.get(who) or (who if who == COMMAND_LINE else f"{DELETED_PERSON} {who}")


def _say(line: str) -> None:
    print(line)  # noqa: T201 - a command answers on standard output


def _refused(reason: str) -> int:
    print(reason, file=sys.stderr)  # noqa: T201 - a command says why not on standard error
    return EXIT_REFUSED
