"""Invitations: links that let people sign up, or into a room, a number of times and for a while.

An invitation lives in `invitations`: {_id, code (hashed), by, room?, uses, uses_left, accepted_by, created_at,
ends_at}. Whether `by` may invite into `room` is for the chat service to say, at the moment somebody comes in:
docs/decisions/0040-invitation-codes-in-paths.md.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from auth_service import codes
from chassis.mongo import Database, Document
from chassis.problems import Problem

MAX_USES = 1000
LONGEST = timedelta(days=30)
DEFAULT = timedelta(days=7)
MAX_OPEN = 100  # per person: a list that somebody can still look through
ROOM_SHAPE = r"^[A-Za-z0-9_-]{1,64}$"
REMEMBERED = 20  # per account; more than can be accepted in a day by hand


class Asked(msgspec.Struct, frozen=True):
    """What an invitation is asked to be; `expires_in` in seconds."""

    uses: Annotated[int, msgspec.Meta(ge=1, le=MAX_USES)] = 1
    expires_in: Annotated[int, msgspec.Meta(ge=60, le=int(LONGEST.total_seconds()))] = int(DEFAULT.total_seconds())
    room: Annotated[str, msgspec.Meta(pattern=ROOM_SHAPE)] | None = None


class Invitation(msgspec.Struct, frozen=True):
    """An open invitation; `by` is a person's id, `room` a room's."""

    id: str
    by: str
    room: str | None
    uses: int
    uses_left: int
    created_at: datetime
    ends_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Invitations:
    def __init__(self, database: Database, now: Callable[[], datetime] = _now) -> None:
        self._invitations = database["invitations"]
        self._people = database["people"]
        self._now = now

    async def prepare(self) -> None:
        await self._invitations.create_index("ends_at", expireAfterSeconds=0)
        await self._invitations.create_index("code", unique=True)
        await self._invitations.create_index("by")

    async def make(self, by: str, asked: Asked) -> tuple[Invitation, str]:
        """A new invitation, and its code, which nobody can be told again.

        Raises:
            Problem: 409 `too_many_invitations`.
        """
        if await self._invitations.count_documents({"by": by, **self._open()}) >= MAX_OPEN:
            detail = f"You have {MAX_OPEN} open invitations, which is the most: revoke some."
            raise Problem(409, "too_many_invitations", detail)
        code = codes.new()
        now = self._now()
        document: Document = {
            "_id": secrets.token_hex(8),
            "code": codes.hashed(code),
            "by": by,
            "room": asked.room,
            "uses": asked.uses,
            "uses_left": asked.uses,
            "accepted_by": [],
            "created_at": now,
            "ends_at": now + timedelta(seconds=asked.expires_in),
        }
        await self._invitations.insert_one(document)
        return _invitation(document), code

    async def find(self, code: str) -> Invitation:
        """The open invitation with this code.

        Raises:
            Problem: 404 `invitation_over`, the same for one that never was.
        """
        found = await self._invitations.find_one({"code": codes.hashed(code), **self._open()})
        if found is None:
            raise _over()
        return _invitation(found)

    async def listed(self, by: str | None = None) -> Sequence[Invitation]:
        """The open ones of one person, or of everybody; newest first."""
        which = {**self._open(), **({"by": by} if by else {})}
        found = await self._invitations.find(which).sort("created_at", -1).to_list(None)
        return [_invitation(one) for one in found]

    async def revoke(self, invitation_id: str, by: str | None) -> None:
        """End an invitation of `by`, or of anybody's for None.

        Raises:
            Problem: 404 `unknown_invitation`, also for one of somebody else's.
        """
        ended = await self._invitations.delete_one({"_id": invitation_id, **({"by": by} if by else {})})
        if not ended.deleted_count:
            raise Problem(404, "unknown_invitation", "You have no such invitation.")

    async def revoke_all(self, by: str) -> None:
        await self._invitations.delete_many({"by": by})

    async def use(self, code: str, person_id: str) -> Document | None:
        """Take one use for somebody; what their account has to remember, or None where that's nothing.

        Raises:
            Problem: 404 `invitation_over`.
        """
        open_code = {"code": codes.hashed(code), **self._open()}
        used = await self._invitations.find_one_and_update(
            {**open_code, "accepted_by": {"$ne": person_id}},
            {"$inc": {"uses_left": -1}, "$push": {"accepted_by": person_id}},
        ) or await self._invitations.find_one(  # a second click takes no second use
            {"code": codes.hashed(code), "accepted_by": person_id, "ends_at": {"$gt": self._now()}}
        )
        if used is None:
            raise _over()
        return {"id": used["_id"], "room": used["room"], "by": used["by"], "at": self._now()} if used["room"] else None

    async def give_back(self, code: str, person_id: str) -> None:
        """Undo `use` for somebody whose account was not made after all."""
        await self._invitations.update_one(
            {"code": codes.hashed(code), "accepted_by": person_id},
            {"$inc": {"uses_left": 1}, "$pull": {"accepted_by": person_id}},
        )

    async def accept(self, code: str, person_id: str) -> None:
        """Take one use for somebody who has an account, and remember it there, once: who was put out of a room since
        doesn't come back by the same invitation.

        Raises:
            Problem: 404 `invitation_over`.
        """
        if remembered := await self.use(code, person_id):
            kept = {"$each": [remembered], "$slice": -REMEMBERED}
            unknown = {"_id": person_id, "invitations.id": {"$ne": remembered["id"]}}
            await self._people.update_one(unknown, {"$push": {"invitations": kept}})

    def _open(self) -> dict[str, Any]:
        return {"ends_at": {"$gt": self._now()}, "uses_left": {"$gt": 0}}


def _invitation(found: Mapping[str, Any]) -> Invitation:
    return Invitation(
        found["_id"],
        found["by"],
        found["room"],
        found["uses"],
        found["uses_left"],
        found["created_at"],
        found["ends_at"],
    )


def _over() -> Problem:
    return Problem(404, "invitation_over", "This invitation isn't valid any more. Ask for a new one.")
