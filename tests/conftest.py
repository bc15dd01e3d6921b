"""What every test may ask for."""

from tests.support.servers import mongodb_uri, nats_url
from tests.support.town import place

__all__ = ["mongodb_uri", "nats_url", "place"]
