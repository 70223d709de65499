"""The garbage collector, told what a server's memory is like.

Nearly all that a service frees goes by reference count; the collector is only there for the cycles that errors and
tasks leave now and then. By its defaults it looks through everything that lives, modules and all, again and again while
messages come and go: pauses of 70 to 350 ms. docs/performance.md
"""

import gc

from aiohttp import web

# So many new containers, less those freed, before the youngest are looked through (default 700): some milliseconds.
YOUNGEST = 50_000
# The middle ones are after so many rounds of the youngest, and all that is not spared after so many of theirs.
MIDDLE, ALL = 20, 10


async def spare_what_stays(_app: web.Application) -> None:
    """On startup, once all is imported and made: what lives by now will live on, and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, MIDDLE, ALL)
