"""What is no token of ours, though it looks like one: another header, algorithm, key or signature, or garbage."""

import hashlib
import hmac
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from chassis import access_tokens
from chassis.access_tokens import InvalidToken
from tests.chassis.signing import Signer, encoded, good_claims, signing_input
from tests.chassis.verifying import SIGNER, TOKENS, refusal


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "refresh+jwt", "AT+JWT", "application/at+jwt"])
async def test_only_the_type_of_access_tokens_is_accepted(typ: str | None) -> None:
    assert await refusal(SIGNER.token(header={"typ": typ})) == "wrong header"


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.test/jwks.json"},
        {"x5u": "https://evil.test/cert.pem"},
        {"jwk": Signer().public},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"x": 1},
    ],
)
async def test_nothing_in_the_header_chooses_how_a_token_is_verified(header: dict[str, Any]) -> None:
    await refusal(SIGNER.token(header=header))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "HS256", "ES256", "RS256", "Ed25519", "eddsa"])
async def test_no_other_algorithm_is_accepted_even_over_a_good_signature(alg: str | None) -> None:
    assert await refusal(SIGNER.token(header={"alg": alg})) == "wrong header"


@pytest.mark.parametrize("signature", ["", "."])
async def test_a_token_that_says_it_needs_no_signature_is_refused(signature: str) -> None:
    unsigned = signing_input({"alg": "none", "typ": "at+jwt", "kid": SIGNER.kid}, good_claims())
    await refusal(f"{unsigned}.{signature}")


def public_key_forms() -> list[bytes]:
    public = SIGNER.private.public_key()
    return [
        public.public_bytes_raw(),
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        SIGNER.public["x"].encode(),
    ]


@pytest.mark.parametrize("secret", public_key_forms(), ids=["raw", "PEM", "DER", "base64"])
@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
async def test_the_public_key_is_no_secret_to_sign_with(secret: bytes, alg: str) -> None:
    signed = signing_input({"alg": alg, "typ": "at+jwt", "kid": SIGNER.kid}, good_claims())
    await refusal(f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}")


async def test_a_token_of_another_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    await refusal(jwt.encode(good_claims(), key, "ES256", {"kid": SIGNER.kid, "typ": "at+jwt"}))


async def test_a_foreign_key_under_our_keys_name_is_refused() -> None:
    assert "Signature" in await refusal(Signer(SIGNER.kid).token())


async def test_an_unknown_key_is_refused() -> None:
    assert await refusal(Signer("key-2").token()) == "unknown key"


@pytest.mark.parametrize("kid", [None, "", 7, ["key-1"], {"$gt": ""}, "../key-1", "key-1\0"])
async def test_a_key_without_a_proper_name_is_refused(kid: Any) -> None:
    await refusal(SIGNER.token(header={"kid": kid}))


async def test_a_stripped_signature_is_refused() -> None:
    head, claims, _ = SIGNER.token().split(".")
    await refusal(f"{head}.{claims}.")
    await refusal(f"{head}.{claims}")


async def test_a_signature_of_other_claims_is_refused() -> None:
    head, _, signature = SIGNER.token().split(".")
    _, claims, _ = SIGNER.token({"sub": "person-2"}).split(".")
    assert "Signature" in await refusal(f"{head}.{claims}.{signature}")


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ".",
        "..",
        "...",
        "null",
        "a.b.c",
        "\N{PILE OF POO}.e30.e30",
        "\udcff.\udcff.\udcff",
        "e30.e30.e30",
        f"{encoded(b'[]')}.e30.",
        f"{encoded(b'null')}.e30.",
        f"{encoded(b'[' * 1400)}.e30.",
        f"{encoded(bytes(range(256)))}.e30.",
        " ".join(SIGNER.token()),
    ],
)
async def test_garbage_is_refused(garbage: str) -> None:
    await refusal(garbage)


@given(st.text(max_size=300))
async def test_no_text_is_a_token(text: str) -> None:
    await refusal(text)


@given(st.integers(0, 2), st.integers(0), st.characters(codec="ascii"))
async def test_a_token_with_one_letter_changed_is_refused(part: int, place: int, letter: str) -> None:
    parts = SIGNER.token().split(".")
    place %= len(parts[part]) - 1  # the last letter of a part has bits that carry nothing
    changed = parts[part][:place] + letter + parts[part][place + 1 :]
    if changed != parts[part]:
        parts[part] = changed
        with pytest.raises(InvalidToken):
            await TOKENS.identify(".".join(parts))


async def test_a_huge_token_is_refused_before_anything_of_it_is_read() -> None:
    token = SIGNER.token({"scope": "x" * access_tokens.MAX_TOKEN_CHARS})
    assert await refusal(token) == "too long"
