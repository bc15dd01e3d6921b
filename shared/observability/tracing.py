"""OpenTelemetry hooks: spans through the API only, so that a process without an SDK pays nothing."""

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace

_tracer = trace.get_tracer("yizhan")


@contextmanager
def span(name: str, **attributes: str | int) -> Generator[None, None, None]:
    """Run the block inside a span of this name with these attributes."""
    with _tracer.start_as_current_span(name, attributes=attributes):
        yield
