"""A service that verifies the tokens of one signer."""

import jwt
import pytest

from chassis.access_tokens import AccessTokens, ExpiredToken, InvalidToken
from tests.chassis.signing import ISSUER, Signer

SIGNER = Signer()


async def find_key(kid: str) -> jwt.PyJWK | None:
    return SIGNER.jwk if kid == SIGNER.kid else None


TOKENS = AccessTokens(ISSUER, find_key)


async def refusal(token: str) -> str:
    """Why this token is refused; not only because its time is over."""
    with pytest.raises(InvalidToken) as refused:
        await TOKENS.identify(token)
    assert not isinstance(refused.value, ExpiredToken)
    return str(refused.value)
