"""Where a page leads next: to a path of this site and nowhere else."""

import re
from urllib.parse import quote

from aiohttp import web

HOME = "/"
LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f\ud800-\udfff]*")  # `//host` and `/\host` lead to other sites
MAX_NEXT_CHARS = 512


def local_path(following: str | None) -> str:
    """Where to go afterwards: a path of this site, or home for anything else."""
    if following and len(following) <= MAX_NEXT_CHARS and LOCAL_PATH.fullmatch(following):
        return following
    return HOME


def see_other(path: str) -> web.Response:
    location = quote(path, safe="/?&=#%:@!$'()*+,;~-._")
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
