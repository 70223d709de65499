"""One JSON line for each thing that happened, in UTC; readable colour when a person watches.

Never pass a token, a password or the text of a message to a logger.
"""

import logging
import sys

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import Processor

from chassis.settings import ServiceSettings

QUIET_LOGGERS = ("aio_pika", "aiormq", "pymongo", "aiohttp.access")  # their INFO and DEBUG repeat what we log ourselves


class _NoBadRequests(logging.Filter):
    """Drops what aiohttp says of requests that it can't parse: it quotes them, and with them cookies and tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


# Without the variables of each frame: they hold passwords and tokens.
_structured_exceptions = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(service: str, settings: ServiceSettings) -> None:
    """Send everything that logs in this process, libraries included, to standard output in one form."""
    readable = settings.log_format == "console" or (settings.log_format == "auto" and sys.stdout.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
    ]
    as_text: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if readable
        else [_structured_exceptions, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *as_text],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    logging.getLogger("aiohttp.server").addFilter(_NoBadRequests())
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))


def _named(service: str) -> Processor:
    def add_service(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("service", service)
        return event

    return add_service
