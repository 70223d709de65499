"""Registers in MongoDB: a field that remembers the seq of the event that set it, and is set again by later ones only.

docs/decisions/0070-registers.md says why; membership.py, which events set what.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from pymongo import UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError

from chassis.mongo import Document
from chat_service import naming
from chat_service.membership import Change
from chat_service.reaching import DUPLICATE_KEY


def newer(field: str, seq: int) -> Document:
    """An expression: whether an event of this seq is later than the one that set the field."""
    return {"$gt": [seq, {"$ifNull": [f"$seqs.{field}", 0]}]}


def registers(change: Change) -> Document:
    """A stage that sets each field unless a later event has; all expressions see the document as it was before."""
    values: Document = {}
    for field, value in change.values.items():
        later = newer(field, change.seq)
        values[field] = {"$cond": [later, {"$literal": msgspec.to_builtins(value)}, f"${field}"]}
        values[f"seqs.{field}"] = {"$max": [change.seq, f"$seqs.{field}"]}
        if field == "name":
            values["name_key"] = {"$cond": [later, {"$literal": naming.key(value)}, "$name_key"]}
    return values


async def write(collection: Any, writes: Sequence[UpdateOne | UpdateMany]) -> None:
    """Write all of them, in no order, beside others who may be writing the same."""
    if not writes:
        return
    try:
        await collection.bulk_write(writes, ordered=False)
    except BulkWriteError as failed:
        codes = {error["code"] for error in (failed.details or {}).get("writeErrors", [])}
        if codes != {DUPLICATE_KEY}:
            raise
        # Somebody inserted the same document at the same moment: now it is there to be updated.
        await collection.bulk_write(writes, ordered=False)
