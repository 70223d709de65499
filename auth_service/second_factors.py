"""The second factor: codes that an app makes of a shared secret and the time, and recovery codes for who lost it.

`second_factors`: {_id: person, secret (encrypted), used, recovery: [hashes]}. Before its first right code there is only
`pending`: {secret (encrypted), session, until}, which asks nothing of anybody. It is there for the session that gave
the password for it, and for ten minutes: else another session, a stolen one, could read what was left there, turn it on
and keep the owner out, without ever knowing the password. Sources: RFC 6238 (TOTP; section 5.2: a code is good once),
OWASP Multifactor Authentication Cheat Sheet.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken
from pymongo import ReturnDocument

from auth_service import metrics
from chassis.mongo import Database, Document
from chassis.problems import Problem

log = structlog.get_logger(__name__)

PRODUCT = "Parley"
STEP_SECONDS = 30
NEIGHBOURS = (0, -1, 1)  # for a clock that is off, and a code typed at its very end
PENDING_SECONDS = 600
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
RECOVERY_CHARS = 16  # of 31 letters: 79 bits, too many to guess even from the hash
RECOVERY_GROUP = 4
TOTP_SHAPE = re.compile(r"[0-9]{6}")


class SecondFactors:
    """`now` in seconds since the epoch."""

    def __init__(self, database: Database, secret: str, now: Callable[[], float] = time.time) -> None:
        key = hashlib.sha256(b"second factors\0" + secret.encode()).digest()
        self._factors = database["second_factors"]
        self._cipher = Fernet(base64.urlsafe_b64encode(key))
        self._now = now

    async def is_on(self, person: str) -> bool:
        return await self._factors.find_one({"_id": person, "secret": {"$exists": True}}, {"_id": True}) is not None

    async def codes_left(self, person: str) -> int:
        """How many recovery codes are unused."""
        found = await self._factors.find_one({"_id": person}, {"recovery": True})
        return len(found.get("recovery", [])) if found else 0

    async def begin(self, person: str, session: str) -> None:
        """Make a secret that counts once this session has sent a right code of it; one that is on already stays."""
        pending: Document = {
            "secret": self._cipher.encrypt(pyotp.random_base32().encode()),
            "session": session,
            "until": self._now() + PENDING_SECONDS,
        }
        await self._factors.update_one({"_id": person}, {"$set": {"pending": pending}}, upsert=True)

    async def pending(self, person: str, session: str) -> str | None:
        """The secret that waits for its first code from this session, in base32 as apps take it."""
        found = await self._factors.find_one(self._waiting(person, session))
        return self._decrypted(found["pending"]["secret"]) if found else None

    def address(self, secret: str, name: str) -> str:
        """The `otpauth://` address that a QR code carries."""
        return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=PRODUCT)

    async def turn_on(self, person: str, session: str, code: str) -> list[str]:
        """Turn it on by a first right code; returns the recovery codes, which nobody sees again.

        Raises:
            Problem: 422 `invalid`, for a wrong code or where nothing was begun.
        """
        secret = await self.pending(person, session)
        step = self._step(secret, _typed(code)) if secret else None
        if secret is None or step is None:
            raise _not_the_code()
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        on: Document = {
            "secret": self._cipher.encrypt(secret.encode()),
            "used": step,
            "recovery": [_hashed(person, _typed(code)) for code in codes],
        }
        waiting = self._waiting(person, session)
        turned_on = await self._factors.update_one(waiting, {"$set": on, "$unset": {"pending": True}})
        if not turned_on.matched_count:  # of two at once the other was first, and has the codes that count
            raise _not_the_code()
        log.info("second factor on", person=person)
        return codes

    async def turn_off(self, person: str) -> None:
        await self._factors.delete_one({"_id": person})
        log.info("second factor off", person=person)

    async def check(self, person: str, code: str) -> None:
        """Use up a code of the app, or a recovery code.

        Raises:
            Problem: 401 `wrong_code`, also for one that was good before.
        """
        typed = _typed(code)
        right = self._use_code if TOTP_SHAPE.fullmatch(typed) else self._recover
        if not await right(person, typed):
            metrics.SIGN_INS_FAILED.labels("wrong_code").inc()
            log.warning("second factor refused", person=person)
            raise Problem(401, "wrong_code", "That code isn't right, or was used before.")

    async def _use_code(self, person: str, typed: str) -> bool:
        found = await self._factors.find_one({"_id": person})
        step = self._step(self._decrypted(found["secret"]), typed) if found and "secret" in found else None
        if step is None:
            return False
        # Atomically, whichever replica: a code that somebody looked at over a shoulder is worth nothing any more.
        newer: Document = {"_id": person, "used": {"$lt": step}}
        return await self._factors.find_one_and_update(newer, {"$set": {"used": step}}) is not None

    async def _recover(self, person: str, typed: str) -> bool:
        hashed = _hashed(person, typed)
        left = await self._factors.find_one_and_update(
            {"_id": person, "recovery": hashed},
            {"$pull": {"recovery": hashed}},
            return_document=ReturnDocument.AFTER,
        )
        if left:
            log.warning("recovery code used", person=person, left=len(left["recovery"]))
        return left is not None

    def _waiting(self, person: str, session: str) -> Document:
        return {"_id": person, "pending.session": session, "pending.until": {"$gt": self._now()}}

    def _step(self, secret: str, typed: str) -> int | None:
        """Which of the steps about now makes this code."""
        if not TOTP_SHAPE.fullmatch(typed):
            return None
        totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
        now = int(self._now()) // STEP_SECONDS
        return next(
            (now + near for near in NEIGHBOURS if hmac.compare_digest(totp.generate_otp(now + near), typed)), None
        )

    def _decrypted(self, encrypted: bytes) -> str:
        try:
            return self._cipher.decrypt(encrypted).decode()
        except InvalidToken as reason:  # another AUTH_SECRET than the one it was made with: nobody can know the code
            detail = "Your second factor can't be read any more. Use a recovery code, or ask an administrator."
            raise Problem(503, "unreadable_second_factor", detail) from reason


def _not_the_code() -> Problem:
    detail = "That isn't the code right now. Is the device's clock right?"
    return Problem(422, "invalid", detail, errors={"code": detail})


def _hashed(person: str, code: str) -> str:
    """Without the secret of the service, so that the codes outlive it; random codes need no slow hash."""
    return hashlib.sha256(f"{person}\0{code}".encode(errors="replace")).hexdigest()


def _typed(code: str) -> str:
    """As it was meant, however it was spaced."""
    return re.sub(r"[\s-]", "", code).lower()


def _recovery_code() -> str:
    letters = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_CHARS))
    return "-".join(letters[start : start + RECOVERY_GROUP] for start in range(0, RECOVERY_CHARS, RECOVERY_GROUP))
