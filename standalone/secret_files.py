"""Random secrets, made at the first start and kept in files that only their owner reads."""

import os
import secrets
from pathlib import Path

SECRET_BYTES = 32


def secret(folder: Path, name: str) -> str:
    """The secret called `name`: URL-safe base64 of 32 random bytes, made now if there is none yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # also one that was made, or restored, with less care
    path = folder / name
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    made = secrets.token_urlsafe(SECRET_BYTES)
    write_private(path, made + "\n")
    return made


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all (a crash half-way leaves the old one)."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
