"""`GET /api/emoji`: every emoji with its short names, for a picker and for completion; the same for everybody."""

import hashlib

import msgspec
from aiohttp import hdrs, web

from chat_service import emojis

BODY = msgspec.json.encode(emojis.catalogue())
TAG = hashlib.blake2b(BODY, digest_size=12).hexdigest()
MAX_AGE_SECONDS = 24 * 3600  # it changes with a version of Parley


async def emoji(request: web.Request) -> web.StreamResponse:
    """[[emoji, short name, ...], ...]."""
    known = any(tag.value in {TAG, "*"} for tag in request.if_none_match or ())
    response = web.Response(status=304) if known else web.Response(body=BODY, content_type="application/json")
    response.headers[hdrs.CACHE_CONTROL] = f"public, max-age={MAX_AGE_SECONDS}"
    response.etag = TAG
    return response
