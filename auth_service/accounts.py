"""People: registering and proving who one is."""

import re
import secrets
import unicodedata
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime

import msgspec
import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from auth_service import metrics
from auth_service.administrators import Administrators
from auth_service.passwords import Passwords, RefusedPassword
from auth_service.renaming import Renaming
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

NAME_SHAPE = re.compile(r"(?!.*[\u115f\u1160])[^\W_][\w.-]{0,30}[^\W_]")  # the two are letters that nobody sees
NAME_RULE = "Use 2 to 32 letters, digits, dots, dashes or underscores; begin and end with a letter or digit."


class Person(msgspec.Struct, frozen=True):
    """Somebody with an account; `id` never changes."""

    id: str
    name: str


class Proof(msgspec.Struct, frozen=True):
    """That somebody knew their password, and how often it had been changed by then: another one makes it worthless."""

    person: Person
    password: int


Admission = Callable[[str], AbstractAsyncContextManager[Document]]


def _everybody(_person_id: str) -> AbstractAsyncContextManager[Document]:
    return nullcontext({})


class Accounts:
    """The collections `people`: {_id, name, name_key, password, passwords?, password_changed_at?, created_at}, where
    `passwords` counts the changes, and `reserved_names`: {_id, free_at}."""

    def __init__(
        self, database: Database, passwords: Passwords, renaming: Renaming, administrators: Administrators
    ) -> None:
        self._people = database["people"]
        self._reserved = database["reserved_names"]
        self._renaming = renaming
        self._passwords = passwords
        self._administrators = administrators

    async def prepare(self) -> None:
        await self._people.create_index("name_key", unique=True)
        await self._reserved.create_index("free_at", expireAfterSeconds=0)

    async def register(self, name: str, password: str, admission: Admission = _everybody) -> Person:
        """Create an account, unless it's the first one only with the consent of `admission`.

        Raises:
            Problem: 422 `invalid` for a name or password that won't do, 409 `name_taken`, or what `admission` raises.
        """
        name = _normal(name)
        errors: dict[str, str] = {}
        if not NAME_SHAPE.fullmatch(name):
            errors["name"] = NAME_RULE
        elif await self._is_taken(_key(name)):
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
        if not await self._add_first(document):
            async with admission(person.id) as more:
                try:
                    flags = self._administrators.flags(document["name_key"], first=False)
                    await self._people.insert_one({**document, **flags, **more})
                except DuplicateKeyError:  # two people asked for the same name at once: the index decides
                    raise _name_taken() from None
        log.info("registered", person=person.id)
        return person

    async def any(self) -> bool:
        """Whether anybody has an account."""
        return await self._people.find_one({}, {"_id": True}) is not None

    async def prove(self, name: str, password: str) -> Proof:
        """That these are somebody's name and password.

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
        return Proof(Person(found["_id"], found["name"]), found.get("passwords", 0))

    async def named(self, name: str) -> str | None:
        """The id of the person of this name."""
        name = _normal(name)
        found = (
            await self._people.find_one({"name_key": _key(name)}, {"_id": True}) if NAME_SHAPE.fullmatch(name) else None
        )
        return str(found["_id"]) if found else None

    async def proof_of(self, person: Person, password: str) -> Proof | None:
        """That this is the person's password, if it is."""
        found = await self._people.find_one({"_id": person.id}, {"password": True, "passwords": True})
        right = await self._passwords.verify(found["password"] if found else None, password)
        return Proof(person, found.get("passwords", 0)) if found and right else None

    async def rename(self, person_id: str, name: str) -> Person:
        """Give a person another name, to be shown and to sign in with.

        Raises:
            Problem: 422 `invalid`, 409 `name_taken`, or `named_in_settings` for whom the settings know by their name.
        """
        name = _normal(name)
        if not NAME_SHAPE.fullmatch(name):
            raise Problem(422, "invalid", NAME_RULE, errors={"name": NAME_RULE})
        found = await self._people.find_one({"_id": person_id}, {"name_key": True})
        if found and found["name_key"] != _key(name):
            self._administrators.check_rename(found["name_key"], _key(name))
            if await self._is_taken(_key(name)):
                raise _name_taken()
        another: Document = {"_id": person_id, "name": {"$ne": name}}
        try:
            renamed = await self._people.update_one(another, self._renaming.begun(name, _key(name)))
        except DuplicateKeyError:
            raise _name_taken() from None
        if renamed.modified_count:
            log.info("renamed", person=person_id)
            await self._renaming.tell(person_id, name)
        return Person(person_id, name)

    async def change_password(self, proof: Proof, password: str) -> Proof:
        """Give somebody another password, which they know from now on; what the old one let in ends by `OldPasswords`.

        Raises:
            Problem: 422 `invalid`, for a password that won't do, or where what was proved is over.
        """
        hashed = await self.new_hash(proof.person, password, "new_password")
        changed = await self.set_hash(proof.person, hashed, proof)
        if changed is None:
            detail = "Your password was changed a moment ago."
            raise Problem(422, "invalid", detail, errors={"password": detail})
        return changed

    async def new_hash(self, person: Person, password: str, field: str) -> str:
        """The hash of another password for a person, sent in this field of a form.

        Raises:
            Problem: 422 `invalid`, for a password that won't do.
        """
        try:
            return await self._passwords.hash(password, person.name[:64])
        except RefusedPassword as reason:
            raise Problem(422, "invalid", str(reason), errors={field: str(reason)}) from reason

    async def set_hash(self, person: Person, hashed: str, proof: Proof | None = None) -> Proof | None:
        """As `change_password`, with what `new_hash` made of it; None where the account or what was proved is over.

        Else who has the old password could undo, at the same moment, what its owner does to be rid of them.
        """
        still = {"passwords": proof.password or None} if proof else {}  # the first has no count
        change = {"$set": {"password": hashed, "password_changed_at": datetime.now(UTC)}, "$inc": {"passwords": 1}}
        changed = await self._people.find_one_and_update(
            {"_id": person.id, **still}, change, return_document=ReturnDocument.AFTER
        )
        if changed is None:
            return None
        log.info("password changed", person=person.id)
        return Proof(person, changed["passwords"])

    async def find(self, person_id: str) -> Person | None:
        found = await self._people.find_one({"_id": person_id}, {"name": True})
        return Person(found["_id"], found["name"]) if found else None

    async def _add_first(self, document: Document) -> bool:
        """Whether this one became the first account."""
        if await self.any():
            return False
        try:
            await self._people.insert_one({**document, **self._administrators.flags(document["name_key"], first=True)})
        except DuplicateKeyError:  # somebody else was the first, a moment before
            return False
        return True

    async def _is_taken(self, key: str) -> bool:
        # In this order: whoever deletes their account reserves its name first, so it is always in one of the two.
        if await self._people.find_one({"name_key": key}, {"_id": True}):
            return True
        return await self._reserved.find_one({"_id": key, "free_at": {"$gt": datetime.now(UTC)}}) is not None


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
