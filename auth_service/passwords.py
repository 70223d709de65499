"""Passwords: which are accepted, and their argon2id hashes, made in threads so that the event loop goes on.

Sources: NIST SP 800-63B-4 (length, no composition rules, a list of common ones), OWASP Password Storage Cheat Sheet
(the argon2id parameters), RFC 9106.
"""

import asyncio
import os
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
import zxcvbn

T = TypeVar("T")

MIN_CHARS = 12
MAX_BYTES = 1024
COMMON_GUESSES = 1_000_000  # a password found within as many guesses counts as common
JUDGED_CHARS = 72  # the judge's own limit; whatever follows only makes a password better
CONTEXT_WORDS = ["parley", "chat", "lobby"]

HASHER = argon2.PasswordHasher(memory_cost=47104, time_cost=1, parallelism=1, type=argon2.Type.ID)
# As many as there are cores for us: more take turns, and each hash gets dearer. At most four bound the memory, 46
# MiB each, however many the host has.
HASHING_THREADS = min(4, len(os.sched_getaffinity(0)))

# The judge tries all ways to read such characters as letters; several that stand for one letter multiply them, and
# 20 of them cost a second. One way to write each letter is enough to judge by.
PLAIN_SUBSTITUTES = str.maketrans("@{[<!|$+", "4(((1157")


class RefusedPassword(ValueError):
    """A password nobody should have; the message says why."""


class Passwords:
    """Judges, hashes and verifies passwords in a bounded pool of threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(HASHING_THREADS, "argon2")
        self._judge = ThreadPoolExecutor(1, "judge")  # who registers must not hold up who signs in
        self._nobodys_hash = HASHER.hash(os.urandom(16))

    async def hash(self, password: str, name: str) -> str:
        """The hash of a new password of the person `name`.

        Raises:
            RefusedPassword: it is too short, too long or too common.
        """
        password = _normal(password)
        if len(password) < MIN_CHARS:
            raise RefusedPassword(f"Use at least {MIN_CHARS} characters; a few words are fine.")
        if not _hashable(password):
            raise RefusedPassword(f"Use at most {MAX_BYTES} bytes of Unicode.")
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._judge, _too_easy, password[:JUDGED_CHARS], name):
            raise RefusedPassword("This one is too easy to guess. Several unrelated words make a good password.")
        return await self._in_thread(HASHER.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one of this hash; for an unknown person (None) it costs the same and is false."""
        password = _normal(password)
        if not _hashable(password):
            password = ""  # can't be anybody's, and must not cost more than another
        right = await self._in_thread(_verify, stored or self._nobodys_hash, password)
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return HASHER.check_needs_rehash(stored)

    async def rehash(self, password: str) -> str:
        """Today's hash of a password that was just verified."""
        return await self._in_thread(HASHER.hash, _normal(password))

    def close(self) -> None:
        for pool in (self._threads, self._judge):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, function: Callable[..., T], *args: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _hashable(password: str) -> bool:
    try:
        return len(password.encode()) <= MAX_BYTES
    except UnicodeEncodeError:  # a lone surrogate: no keyboard makes it
        return False


def _too_easy(password: str, name: str) -> bool:
    """Whether the password, or what it has besides the words of its person and place, is soon guessed."""
    words = "|".join(re.escape(word) for word in (name, *CONTEXT_WORDS) if word)
    return _guessed(password) or _guessed(re.sub(words, "", password, flags=re.IGNORECASE))


def _guessed(text: str) -> bool:
    # The judge keeps its user_inputs for the whole process, so the name can't be among them.
    return not text or zxcvbn.zxcvbn(text.translate(PLAIN_SUBSTITUTES), CONTEXT_WORDS)["guesses"] < COMMON_GUESSES


def _verify(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except argon2.exceptions.VerifyMismatchError:  # the library's way to say no
        return False
