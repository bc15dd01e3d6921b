"""Settings of `activities`: what every service has, and nothing of its own."""

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    """Settings of `activities`."""
