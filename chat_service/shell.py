"""What the web client is made of: its files, and one version for all of them together."""

import hashlib
import json
from pathlib import Path

STATIC = Path(__file__).parent / "static"
STATIC_PREFIX = "/static"
WORKER = "js/service_worker.js"
NOT_PART_OF_THE_PAGE = frozenset({WORKER, "js/forms.js", "css/forms.css", "css/account.css"})
ENTRY = "js/main.js"
CLASSIC = "js/recovery.js"


def _files() -> dict[str, bytes]:
    found = (
        path for path in sorted(STATIC.rglob("*")) if path.suffix in {".js", ".css", ".svg", ".png", ".webmanifest"}
    )
    return {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in found}


def _version(files: dict[str, bytes]) -> str:
    """The same for the same files, whichever replica has them; another as soon as one byte differs."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


_contents = _files()
VERSION = _version(_contents)
VERSIONED_PREFIX = f"{STATIC_PREFIX}/v-{VERSION}"
PAGE_FILES = [name for name in _contents if name not in NOT_PART_OF_THE_PAGE]
MODULES = [name for name in PAGE_FILES if name.endswith(".js") and name not in {ENTRY, CLASSIC}]


def worker() -> str:
    """The service worker's script: which files it keeps, and what it does with them."""
    shell = {"version": VERSION, "prefix": VERSIONED_PREFIX, "files": PAGE_FILES}
    return f"const SHELL = {json.dumps(shell)};\n{_contents[WORKER].decode()}"
