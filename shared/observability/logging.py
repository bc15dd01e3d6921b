"""Structured logs: JSON lines for machines, coloured lines for people; each carries the story's correlation id."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import structlog

from shared.contracts.event import Event


def configure_logging(service: str, *, form: str = "console", level: str = "INFO") -> None:
    """Set up logs for this process; `form` is `json` or `console`."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.contextvars.bind_contextvars(service=service)


@contextmanager
def bound_to_event(durable: str, event: Event[Any]) -> Generator[None, None, None]:
    """Let every log line inside name the event that is being handled and the story that it belongs to."""
    with structlog.contextvars.bound_contextvars(
        durable=durable, event_id=event.id, causation=event.cause, correlation=event.correlation
    ):
        yield
