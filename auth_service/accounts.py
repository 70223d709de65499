"""People: registering and proving who one is."""

import re
import secrets
import unicodedata
from datetime import UTC, datetime

import msgspec
import structlog
from pymongo.errors import DuplicateKeyError

from auth_service import metrics
from auth_service.changes import Changes
from auth_service.passwords import Passwords, RefusedPassword
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

NAME_SHAPE = re.compile(r"(?!.*[\u115f\u1160])[^\W_][\w.-]{0,30}[^\W_]")  # the two are letters that nobody sees
NAME_RULE = "Use 2 to 32 letters, digits, dots, dashes or underscores; begin and end with a letter or digit."


class Person(msgspec.Struct, frozen=True):
    """Somebody with an account; `id` never changes."""

    id: str
    name: str


class Accounts:
    """The collection `people`: {_id, name, name_key, password, created_at}."""

    def __init__(self, database: Database, passwords: Passwords, changes: Changes) -> None:
        self._people = database["people"]
        self._changes = changes
        self._passwords = passwords

    async def prepare(self) -> None:
        await self._people.create_index("name_key", unique=True)

    async def register(self, name: str, password: str) -> Person:
        """Create an account.

        Raises:
            Problem: 422 `invalid` for a name or password that won't do, 409 `name_taken`.
        """
        name = _normal(name)
        errors: dict[str, str] = {}
        if not NAME_SHAPE.fullmatch(name):
            errors["name"] = NAME_RULE
        elif await self._people.find_one({"name_key": _key(name)}, {"_id": True}):
            raise _name_taken()
        hashed = ""
        try:
            hashed = await self._passwords.hash(password, name[:64])
        except RefusedPassword as reason:  # told together with what is wrong with the name
            errors["password"] = str(reason)
        if errors:
            raise Problem(422, "invalid", "Please mend the marked fields.", errors=errors)
        person = Person(secrets.token_hex(8), name)
        document: Document = {
            "_id": person.id,
            "name": name,
            "name_key": _key(name),
            "password": hashed,
            "created_at": datetime.now(UTC),
        }
        try:
            await self._people.insert_one(document)
        except DuplicateKeyError:  # two people asked for the same name at once: the index decides
            raise _name_taken() from None
        log.info("registered", person=person.id)
        return person

    async def prove(self, name: str, password: str) -> Person:
        """The person whose name and password these are.

        Raises:
            Problem: 401 `wrong_credentials`, the same in all it says and costs whichever of the two is wrong.
        """
        name = _normal(name)
        found = await self._people.find_one({"name_key": _key(name)}) if NAME_SHAPE.fullmatch(name) else None
        stored = found["password"] if found else None
        right = await self._passwords.verify(stored, password)
        if found is None or stored is None or not right:
            metrics.SIGN_INS_FAILED.labels("wrong_credentials").inc()
            log.warning("sign-in failed", person=found["_id"] if found else None)
            raise Problem(401, "wrong_credentials", "That name and password don't go together.")
        if self._passwords.outdated(stored):
            hashed = await self._passwords.rehash(password)
            await self._people.update_one({"_id": found["_id"], "password": stored}, {"$set": {"password": hashed}})
        return Person(found["_id"], found["name"])

    async def named(self, name: str) -> str | None:
        """The id of the person of this name."""
        name = _normal(name)
        found = (
            await self._people.find_one({"name_key": _key(name)}, {"_id": True}) if NAME_SHAPE.fullmatch(name) else None
        )
        return str(found["_id"]) if found else None

    async def proves(self, person_id: str, password: str) -> bool:
        """Whether this is the person's password."""
        found = await self._people.find_one({"_id": person_id}, {"password": True})
        return await self._passwords.verify(found["password"] if found else None, password)

    async def rename(self, person_id: str, name: str) -> Person:
        """Give a person another name, to be shown and to sign in with.

        Raises:
            Problem: 422 `invalid`, 409 `name_taken`.
        """
        name = _normal(name)
        if not NAME_SHAPE.fullmatch(name):
            raise Problem(422, "invalid", NAME_RULE, errors={"name": NAME_RULE})
        renamed: Document = {"$set": {"name": name, "name_key": _key(name)}}
        try:
            before = await self._people.find_one_and_update({"_id": person_id}, renamed)
        except DuplicateKeyError:
            raise _name_taken() from None
        if before and before["name"] != name:
            log.info("renamed", person=person_id)
            await self._changes.record("person_renamed", person_id, name=name)
        return Person(person_id, name)

    async def change_password(self, person: Person, password: str) -> None:
        """Give a person, who has proved to be it, another password.

        Raises:
            Problem: 422 `invalid`, for a password that won't do.
        """
        try:
            hashed = await self._passwords.hash(password, person.name[:64])
        except RefusedPassword as reason:
            raise Problem(422, "invalid", str(reason), errors={"new_password": str(reason)}) from reason
        await self._people.update_one({"_id": person.id}, {"$set": {"password": hashed}})
        log.info("password changed", person=person.id)

    async def find(self, person_id: str) -> Person | None:
        found = await self._people.find_one({"_id": person_id}, {"name": True})
        return Person(found["_id"], found["name"]) if found else None


def key_of(name: str) -> str:
    """What two ways to write one name have in common."""
    return _key(_normal(name))


def _normal(name: str) -> str:
    """Letters that differ only in how they are typed are one letter."""
    return unicodedata.normalize("NFKC", name).strip()


def _key(name: str) -> str:
    """Normal names that look alike but for case are one name."""
    return unicodedata.normalize("NFKC", name.casefold())


def _name_taken() -> Problem:
    detail = "Somebody has this name already."
    return Problem(409, "name_taken", detail, errors={"name": detail})
