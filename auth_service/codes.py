"""Codes that open something: 256 random bits, handed out once and kept only as a hash.

A plain SHA-256 is enough: nobody guesses 256 bits, so there is nothing that a slow hash would slow down.
"""

import hashlib
import secrets

CODE_BYTES = 32
MAX_CHARS = 128  # more than any code has, with its prefix


def new(prefix: str = "") -> str:
    """A new code, in characters that need no escaping in a URL."""
    return prefix + secrets.token_urlsafe(CODE_BYTES)


def hashed(code: str) -> str:
    """What is stored in the place of `code`."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()
