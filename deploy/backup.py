"""`python -m deploy.backup save >FILE` and `... load <FILE`: everything that was said, and everybody who said it.

A backup is a gzip stream of BSON documents: {"backup": ...}, then for each collection {"collection": ...} and its
{"document": ...}s, then {"end": ...} with their number. It is taken while Parley runs. Loading goes into collections
beside the present ones, which are replaced only once the last document is there and counted; then the epoch changes,
so that clients forget what they have. The secrets are not in it.
"""

import gzip
import secrets
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import bson
from bson.codec_options import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, DESCENDING, MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

SECRETS = Path("/run/secrets")
DATABASES = ("chat", "auth")  # in this order: who spoke in the one is a person in the other
UNREADABLE_WITHOUT_THE_SECRET = ("auth.keys", "auth.sessions")
RESTORING = "restoring."
FORMAT = 1
BATCH_DOCUMENTS = 1000
SAY_EVERY_SECONDS = 1.0
TIMEOUT_MS = 30_000

Raw = RawBSONDocument
Client = MongoClient[Raw]


class UnusableBackupError(Exception):
    """`str(error)` says what is wrong with the file; nothing was changed."""


class Progress:
    """Says on standard error how far it is, at most every second and at the end of each collection."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def so_far(self, name: str, count: int, expected: int) -> None:
        if time.monotonic() - self._said >= SAY_EVERY_SECONDS:
            self.say(f"  {name}: {count:,} of about {expected:,}")

    def say(self, line: str) -> None:
        self._said = time.monotonic()
        print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if words not in (["save"], ["load"]):
        print(__doc__, file=sys.stderr)
        return 2
    fingerprint = (SECRETS / "auth_secret_fingerprint").read_text()
    url = (SECRETS / "mongo_url").read_text()
    progress = Progress()
    try:
        with Client(url, document_class=Raw, serverSelectionTimeoutMS=TIMEOUT_MS) as client:
            if words == ["save"]:
                total = save(client, sys.stdout.buffer, fingerprint, progress)
                progress.say(f"Saved {total:,} documents.")
            else:
                total = load(client, sys.stdin.buffer, fingerprint, progress)
                progress.say(f"Restored {total:,} documents; the epoch is new.")
    except (UnusableBackupError, PyMongoError) as reason:  # for the operator: one line, no traceback
        progress.say(f"Failed: {str(reason)[:300]}")
        return 1
    return 0


def save(client: Client, to: BinaryIO, fingerprint: str, progress: Progress) -> int:
    """Write all of it to `to`; how many documents that are."""
    total = 0
    with gzip.GzipFile(fileobj=to, mode="wb", compresslevel=6) as packed:
        made = {"format": FORMAT, "at": datetime.now(UTC).isoformat(), "auth_secret_fingerprint": fingerprint}
        packed.write(bson.encode({"backup": made}))
        for database in (client[name] for name in DATABASES):
            for collection in _collections(database):
                name, expected = collection.full_name, collection.estimated_document_count()
                indexes = [_index(found) for found in collection.list_indexes() if found["name"] != "_id_"]
                packed.write(bson.encode({"collection": {"name": name, "expected": expected, "indexes": indexes}}))
                count = 0
                for count, document in enumerate(_documents(collection), 1):
                    packed.write(bson.encode({"document": document}))
                    progress.so_far(name, count, expected)
                progress.say(f"  {name}: {count:,}")
                total += count
        packed.write(bson.encode({"end": {"documents": total}}))
    to.flush()
    return total


def load(client: Client, source: BinaryIO, fingerprint: str, progress: Progress) -> int:
    """Replace what `client` has by the backup; how many documents that are.

    Raises:
        UnusableBackupError: it is none, of a newer format, or not all of it is there.
    """
    records = _records(source)
    first = next(records, None)
    made = first.get("backup") if first else None
    if made is None or made["format"] != FORMAT:
        raise UnusableBackupError("this is no backup of Parley, or one of a newer version")
    same_secret = made["auth_secret_fingerprint"] == fingerprint
    progress.say(f"  made at {made['at']}")
    if not same_secret:
        progress.say("  the secrets are others than those of the backup: everybody has to sign in again")
    for database in DATABASES:
        for left in _collections(client[database], restoring=True):
            left.drop()
    loaded = _Filling(client, progress, () if same_secret else UNREADABLE_WITHOUT_THE_SECRET).fill(records)
    for database in DATABASES:
        for collection in _collections(client[database]):
            if collection.full_name not in loaded:
                collection.drop()
    for name in loaded:
        database, _, collection_name = name.partition(".")
        client[database][RESTORING + collection_name].rename(collection_name, dropTarget=True)
    client["chat"].get_collection("meta", write_concern=WriteConcern(w="majority", j=True)).update_one(
        {"_id": "epoch"}, {"$set": {"value": secrets.token_urlsafe(8)}}, upsert=True
    )
    return sum(loaded.values())


class _Filling:
    """What is loaded goes into collections beside the present ones, named `restoring.` and their name."""

    def __init__(self, client: Client, progress: Progress, leave_out: Iterable[str]) -> None:
        self.loaded: dict[str, int] = {}
        self._client = client
        self._progress = progress
        self._leave_out = leave_out
        self._name, self._expected, self._seen = "", 0, 0
        self._target: Collection[Raw] | None = None
        self._batch: list[Raw] = []

    def fill(self, records: Iterable[Raw]) -> dict[str, int]:
        """Everything up to the end of the backup; how many documents went into which collection."""
        for record in records:
            if "document" in record:
                self._document(record["document"])
            elif "collection" in record:
                self._collection(record["collection"])
            elif "end" in record:
                self._close()
                if record["end"]["documents"] != self._seen:
                    raise UnusableBackupError(f"{self._seen:,} documents instead of {record['end']['documents']:,}")
                return self.loaded
        raise UnusableBackupError("its end is missing")

    def _document(self, document: Raw) -> None:
        self._seen += 1
        self._batch.append(document)
        if len(self._batch) >= BATCH_DOCUMENTS:
            self._put()

    def _collection(self, told: Raw) -> None:
        self._close()
        self._name, self._expected = told["name"], told["expected"]
        database, _, name = self._name.partition(".")
        if database not in DATABASES:
            raise UnusableBackupError(f"it has a collection {self._name!r}, which is none of ours")
        if self._name in self._leave_out:
            return
        self.loaded[self._name] = 0
        self._target = self._client[database].create_collection(RESTORING + name)
        if told["indexes"]:
            self._client[database].command("createIndexes", RESTORING + name, indexes=told["indexes"])

    def _put(self) -> None:
        if self._batch and self._target is not None:
            self._target.insert_many(self._batch, ordered=False)
            self.loaded[self._name] += len(self._batch)
            self._progress.so_far(self._name, self.loaded[self._name], self._expected)
        self._batch.clear()

    def _close(self) -> None:
        self._put()
        if self._target is not None:
            self._progress.say(f"  {self._name}: {self.loaded[self._name]:,}")
        self._target = None


def _records(source: BinaryIO) -> Iterator[Raw]:
    options: CodecOptions[Raw] = CodecOptions(document_class=Raw)
    try:
        with gzip.open(source, "rb") as packed:
            yield from bson.decode_file_iter(cast("IO[bytes]", packed), options)
    except (OSError, EOFError, InvalidBSON) as reason:  # not gzip, cut off, or damaged
        raise UnusableBackupError(f"it can't be read to its end: {reason}") from reason


def _collections(database: Database[Raw], *, restoring: bool = False) -> list[Collection[Raw]]:
    """The collections of ours, or those that a restore which was broken off has left."""
    names = sorted(name for name in database.list_collection_names() if not name.startswith("system."))
    return [database[name] for name in names if name.startswith(RESTORING) == restoring]


def _documents(collection: Collection[Raw]) -> Iterator[Raw]:
    """A room's events up to the head it has now: what others write meanwhile could come with a hole before it."""
    if collection.full_name != "chat.events":
        yield from collection.find()
        return
    heads = {}
    for room in collection.distinct("room"):
        last = collection.find_one({"room": room}, {"seq": True}, sort=[("seq", DESCENDING)])
        heads[room] = last["seq"] if last else 0
    for room, head in heads.items():
        yield from collection.find({"room": room, "seq": {"$lte": head}}).sort("seq", ASCENDING)


def _index(found: Mapping[str, Any]) -> dict[str, Any]:
    """An index as `createIndexes` takes it."""
    return {key: value for key, value in found.items() if key not in {"v", "ns"}}


if __name__ == "__main__":
    sys.exit(main())
