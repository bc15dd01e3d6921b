"""Settings of `activities`: what every service has, and how often it looks around."""

from pydantic import Field

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    """Settings of `activities`."""

    clocks_every: float = Field(default=30.0, alias="YIZHAN_ACTIVITY_CLOCKS_EVERY", gt=0)
    """Seconds between two looks for activities that nobody completed, and for what people left behind."""
