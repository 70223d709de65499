"""The keys that sign access tokens: in the database, encrypted, and replaced before they grow old.

A key lives in `keys`: {_id: kid, generation, private (encrypted PEM), public (JWK), signs_from}. A new one is
published an hour before it signs, so that every verifier knows it by then; an old one stays published until the last
token it signed is over. Source: RFC 7517, RFC 8037 (Ed25519).
"""

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import msgspec
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from pymongo.errors import DuplicateKeyError, PyMongoError

from chassis.access_tokens import ALGORITHM, LEEWAY_SECONDS, LIFETIME_SECONDS
from chassis.mongo import Database, Document

log = structlog.get_logger(__name__)

SIGNS_FOR = timedelta(days=30)
PUBLISHED_BEFORE = timedelta(hours=1)
LAST_TOKEN_OVER = timedelta(seconds=LIFETIME_SECONDS + LEEWAY_SECONDS + 60)
LOOK_SECONDS = 60.0


class KeysUnreadable(Exception):
    """The stored keys are not for us: an operator has to look."""


class UnknownKey(Exception):
    """There is no such key, or not any more."""


class SigningKey(msgspec.Struct, frozen=True):
    """`public` is the JWK that the world may see; `private` signs."""

    kid: str
    generation: int
    private: Ed25519PrivateKey
    public: dict[str, str]
    signs_from: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Keys:
    """The signing keys, as this replica last saw them."""

    def __init__(self, database: Database, secret: str, now: Callable[[], datetime] = _now) -> None:
        self._collection = database["keys"]
        self._secret = secret.encode()
        self._now = now
        self._keys: list[SigningKey] = []

    async def prepare(self) -> None:
        await self._collection.create_index("generation", unique=True)
        await self.look()

    @property
    def signing(self) -> SigningKey:
        """The newest key whose time to sign has come."""
        now = self._now()
        due = [key for key in self._keys if key.signs_from <= now]
        return due[-1] if due else self._keys[0]  # the first, made by a replica whose clock is ahead of ours

    @property
    def all(self) -> list[SigningKey]:
        """Those that are published, the oldest first."""
        return list(self._keys)

    @property
    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JSON Web Key Set of all that may have signed a token still good, or will sign soon."""
        return {"keys": [key.public for key in self._keys]}

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The public key of this id, as verification asks for it."""
        found = next((key.public for key in self._keys if key.kid == kid), None)
        return jwt.PyJWK(found) if found else None

    async def keep_rotating(self) -> None:
        """Run for ever: make the next key in time and drop the ones whose last token is over."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except (PyMongoError, KeysUnreadable) as reason:  # the keys we have stay good; look again in a minute
                log.warning("signing keys not read", reason=str(reason)[:200])

    async def rotate(self) -> None:
        """Make the next key now, before its time; one that is published and doesn't sign yet is the next already."""
        await self.look()
        newest = self._keys[-1]
        if newest.signs_from <= self._now():
            await self._make(newest.generation + 1, self._now() + PUBLISHED_BEFORE)
            await self.look()

    async def retire(self, kid: str) -> None:
        """Make all tokens that this key signed worth nothing, because somebody else may have it.

        Another key signs at once. Each replica of ours goes on with the old one until it next looks, a minute at most,
        and each verifier until it next fetches the keys.

        Raises:
            UnknownKey
        """
        await self.look()
        newest, now = self._keys[-1], self._now()
        if all(key.kid != kid for key in self._keys):
            raise UnknownKey(f"there is no key {kid}")
        if newest.kid == kid:  # first the successor, then the end: never is there no key
            await self._make(newest.generation + 1, now)
        elif self.signing.kid == kid:
            await self._collection.update_one({"_id": newest.kid}, {"$min": {"signs_from": now}})
        await self._collection.delete_one({"_id": kid})
        log.warning("signing key retired before its time", kid=kid)
        await self.look()

    async def look(self) -> None:
        """Read the keys; make the first or the next one where it is time; delete those that are over."""
        now = self._now()
        documents: list[Document] = [dict(key) async for key in self._collection.find().sort("generation")]
        if not documents or documents[-1]["signs_from"] + SIGNS_FOR - PUBLISHED_BEFORE <= now:
            signs_from = now + PUBLISHED_BEFORE if documents else now
            await self._make(documents[-1]["generation"] + 1 if documents else 1, signs_from)
            documents = [dict(key) async for key in self._collection.find().sort("generation")]
        over = [
            old["_id"]
            for old, successor in itertools.pairwise(documents)
            if successor["signs_from"] + LAST_TOKEN_OVER <= now
        ]
        if over:
            await self._collection.delete_many({"_id": {"$in": over}})
            log.info("signing keys retired", kids=over)
        known = {key.kid: key for key in self._keys}
        self._keys = [
            msgspec.structs.replace(known[d["_id"]], signs_from=d["signs_from"])  # another replica may have hastened it
            if d["_id"] in known
            else self._load(d)
            for d in documents
            if d["_id"] not in over
        ]

    async def _make(self, generation: int, signs_from: datetime) -> None:
        private = Ed25519PrivateKey.generate()
        kid = secrets.token_hex(12)  # nothing that `retire KID` could take for an option
        jwk = json.loads(OKPAlgorithm.to_jwk(private.public_key()))
        document: Document = {
            "_id": kid,
            "generation": generation,
            "signs_from": signs_from,
            "public": {**jwk, "kid": kid, "alg": ALGORITHM, "use": "sig"},
            "private": private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(self._secret),
            ),
        }
        try:
            await self._collection.insert_one(document)
        except DuplicateKeyError:  # another replica made this generation a moment ago: one is enough
            return
        log.info("signing key made", kid=kid, signs_from=signs_from.isoformat())

    def _load(self, document: Document) -> SigningKey:
        try:
            private = serialization.load_pem_private_key(document["private"], self._secret)
        except ValueError as reason:
            raise KeysUnreadable("the signing keys in the database belong to another AUTH_SECRET") from reason
        if not isinstance(private, Ed25519PrivateKey):
            raise KeysUnreadable(f"signing key {document['_id']} is no Ed25519 key")
        return SigningKey(document["_id"], document["generation"], private, document["public"], document["signs_from"])
