"""How every service's aiohttp application is made and run."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp_jinja2
import jinja2
import structlog
import uvloop
from aiohttp import web

from chassis import background, browser_security, client_address, garbage, leaving, loop_lag, memory_limit, request_id
from chassis.health import Health
from chassis.ops import create_ops_app
from chassis.problems import answer_problems
from chassis.settings import ServiceSettings

log = structlog.get_logger(__name__)

KEEPALIVE_SECONDS = 100.0  # longer than the gateway's 90 s, or it would reuse a connection that is being closed
SHUTDOWN_SECONDS = 5.0  # aiohttp waits so long for requests under way, cancels them, and waits as long again
BACKLOG = 4096  # thousands may come back in the same moment; what the kernel allows by default (net.core.somaxconn)
TEMPLATES = Path(__file__).parent / "templates"

HEALTH = web.AppKey("health", Health)


def create(settings: ServiceSettings, templates: Path, max_body_bytes: int) -> web.Application:
    """An application with what all services have: health, request ids, error answers, security headers, templates."""
    app = web.Application(
        middlewares=[request_id.name_requests, answer_problems, browser_security.refuse_cross_site],
        client_max_size=max_body_bytes,
    )
    app[HEALTH] = Health()
    app.on_response_prepare.append(request_id.set_header)
    browser_security.protect(app, settings.public_url)
    client_address.trust(app, settings.trusted_proxies)
    aiohttp_jinja2.setup(
        app, loader=jinja2.FileSystemLoader([templates, TEMPLATES]), autoescape=True, undefined=jinja2.StrictUndefined
    )
    app.cleanup_ctx.append(_ops_listener(settings))
    app.cleanup_ctx.append(_measure_loop_lag)
    app.cleanup_ctx.append(leaving.serve_on(settings.leave_seconds, app[HEALTH]))
    return app


def run(app: web.Application, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    health = app[HEALTH]
    health.listening = False

    def opened(*_: object) -> None:
        health.listening = True  # not before: the gateway would send somebody to a closed port
        log.info("listening", host=settings.host, port=settings.port)

    app.on_startup.append(garbage.spare_what_stays)
    memory_limit.tell()
    web.run_app(
        app,
        host=settings.host,
        port=settings.port,
        access_log=None,  # `request_id` logs each request, in JSON and without its query
        backlog=BACKLOG,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
        print=opened,
        loop=uvloop.new_event_loop(),
    )


def _ops_listener(settings: ServiceSettings) -> Callable[[web.Application], AsyncIterator[None]]:
    async def listen(app: web.Application) -> AsyncIterator[None]:
        runner = web.AppRunner(create_ops_app(app[HEALTH]), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.ops_port).start()
        yield
        await runner.cleanup()

    return listen


async def _measure_loop_lag(_app: web.Application) -> AsyncIterator[None]:
    async with background.running({"loop lag": loop_lag.keep_measuring()}):
        yield
