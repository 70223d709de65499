"""Words that only the auth service can have written: `words.mac`, for cookies that a browser keeps for it."""

import base64
import hashlib
import hmac


class Seals:
    """`purpose` gives each kind of seal a key of its own."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = hashlib.sha256(f"{purpose}\0{secret}".encode()).digest()

    def seal(self, *words: str) -> str:
        """`words` have no dots."""
        named = ".".join(words)
        return f"{named}.{self._mac(named)}"

    def open(self, sealed: str | None) -> list[str] | None:
        """The words, or None for anything that was not sealed here."""
        if not sealed or not sealed.isascii():  # bytes of a cookie that are no UTF-8 come as lone surrogates
            return None
        named, _, mac = sealed.rpartition(".")
        return named.split(".") if hmac.compare_digest(self._mac(named), mac) else None

    def _mac(self, named: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, named.encode(), "sha256")).rstrip(b"=").decode()
