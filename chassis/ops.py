"""Health and metrics, on a port of their own: what is not for the public is not behind the public port."""

import msgspec
import prometheus_client
from aiohttp import web

from chassis.health import Health

_health = web.AppKey("health", Health)


def create_ops_app(health: Health) -> web.Application:
    app = web.Application()
    app[_health] = health
    app.add_routes(
        [
            web.get("/health/live", live),
            web.get("/health/ready", ready),
            web.get("/metrics", metrics),
        ]
    )
    return app


async def live(_request: web.Request) -> web.Response:
    """The event loop turns; nothing else is asked, since a restart mends nothing else."""
    return web.json_response({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    readiness = await request.app[_health].readiness()
    return web.Response(
        body=msgspec.json.encode(readiness), status=200 if readiness.serving else 503, content_type="application/json"
    )


async def metrics(_request: web.Request) -> web.Response:
    return web.Response(
        body=prometheus_client.generate_latest(), headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
    )
