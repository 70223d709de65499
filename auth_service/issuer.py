"""Access tokens as they are made: signed, for ten minutes at most, and saying what somebody may do at that moment."""

import secrets
import time

import jwt
import msgspec

from auth_service.accounts import Person
from auth_service.keys import Keys
from auth_service.people import People, Standing
from chassis import access_tokens
from chassis.problems import Problem


class Issuer:
    """`public_url` is in the tokens' `iss`."""

    def __init__(self, public_url: str, keys: Keys, people: People) -> None:
        self._public_url = public_url
        self._keys = keys
        self._people = people

    async def token(
        self,
        person_id: str,
        session: str,
        *,
        scope: str | None = None,
        seconds: int = access_tokens.LIFETIME_SECONDS,
        proved_by: int | None = None,
    ) -> tuple[str, Person]:
        """A token for this session and whose it is; for a program with the `scope` that it has.

        Raises:
            Problem: as `check`.
        """
        standing = await self.check(person_id, proved_by)
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self._public_url,
            "aud": access_tokens.AUDIENCE,
            "sub": person_id,
            "name": standing.name,
            "sid": session,
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + seconds,
        }
        if standing.administrator:
            claims["admin"] = True
        if standing.invitations:
            claims["invitations"] = msgspec.to_builtins(standing.invitations)
        if scope is not None:
            claims["scope"] = scope
        key = self._keys.signing
        headers = {"kid": key.kid, "typ": access_tokens.TYPE}
        token = jwt.encode(claims, key.private, access_tokens.ALGORITHM, headers)
        return token, Person(person_id, standing.name)

    async def check(self, person_id: str, proved_by: int | None = None) -> Standing:
        """That somebody may come in, who has perhaps just proved it: see `Proof.password`.

        Raises:
            Problem: 401 `signed_out` for an account that is gone or another password since, 403 `disabled`.
        """
        standing = await self._people.standing(person_id)
        if standing is None:
            raise Problem(401, "signed_out", "Please sign in.")
        if standing.disabled:
            raise Problem(403, "disabled", "This account is disabled. Ask an administrator.")
        if proved_by not in {None, standing.passwords}:
            raise Problem(401, "signed_out", "The password was changed. Please sign in with the new one.")
        return standing
