"""JSON schemas of the code's types, as the documents have them under `components`."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from chat_service import notices
from chat_service.events import MessageChange, RoomChange
from chat_service.timeline import FoldedMessage

Schema = dict[str, Any]

REF_TEMPLATE = "#/components/schemas/{name}"


class Page(notices.Answer, frozen=True, kw_only=True, tag="page"):
    """Ascending; messages are as they were once everything up to `as_of` had happened to them, unless asked raw.

    `more` tells whether there is anything before the first entry, `more_after` whether after the last.
    """

    # A message as it was sent is one to which nothing has happened yet; two types of one tag have no schema.
    room: str
    events: list[FoldedMessage | RoomChange | MessageChange]
    as_of: int
    more: bool = False
    more_after: bool = False


def components(types: Iterable[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """A schema for each type, and those that they refer to."""
    shown = [Page if kind is notices.Page else kind for kind in types]
    schemas, named = msgspec.json.schema_components(shown, ref_template=REF_TEMPLATE)
    return list(schemas), {name: _for_people(schema) for name, schema in named.items()}


@cache
def without(kind: type[msgspec.Struct], fields: tuple[str, ...]) -> type[msgspec.Struct]:
    """The same type less some fields and its tag: what is said elsewhere."""
    kind = Page if kind is notices.Page else kind
    left = [
        (field.name, field.type)
        if field.required
        else (field.name, field.type, msgspec.field(default=field.default))
        if field.default is not msgspec.NODEFAULT
        else (field.name, field.type, msgspec.field(default_factory=field.default_factory))
        for field in msgspec.structs.fields(kind)
        if field.name not in fields
    ]
    made = msgspec.defstruct(kind.__name__, left, kw_only=True, frozen=True, module=kind.__module__)
    made.__doc__ = kind.__doc__
    return made


def _for_people(schema: Schema) -> Schema:
    schema.pop("title", None)
    if str(schema.get("description", "")).startswith("struct "):  # what msgspec says of a class without words
        schema.pop("description")
    return schema
