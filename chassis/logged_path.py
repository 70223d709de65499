"""The path of a request as a log may have it."""

from aiohttp import web

CODE_PREFIXES = (
    "/invite/",
    "/reset/",
)  # what follows lets in whoever reads it: gateway/routes.yml doesn't log it either


def of(request: web.Request) -> str:
    """The path without its query, and without the code that some paths are."""
    prefix = next((prefix for prefix in CODE_PREFIXES if request.path.startswith(prefix)), None)
    return f"{prefix}..." if prefix else request.path
