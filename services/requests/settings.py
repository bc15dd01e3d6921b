"""Settings of `requests`: the outside repair system, and how often it looks around."""

from pydantic import Field

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    """Settings of `requests`. Without `open311_url` a repair leg fails at once and the desk must act."""

    open311_url: str = Field(default="", alias="OPEN311_URL")
    """Base address of the outside system's GeoReport v2, for example http://127.0.0.1:8099/open311/v2."""
    open311_api_key: str = Field(default="", alias="OPEN311_API_KEY")
    open311_timeout: float = Field(default=10.0, alias="OPEN311_TIMEOUT", gt=0)
    """Seconds to wait for an answer of the outside system."""
    logistics_webhook_secret: str = Field(default="", alias="LOGISTICS_WEBHOOK_SECRET")
    """Standard Webhooks secret (`whsec_...`) of the news that comes back; without it every hook is refused."""
    logistics_withdrawal_url: str = Field(default="", alias="LOGISTICS_WITHDRAWAL_URL")
    """Where the outside system hears that a leg is no longer wanted, signed with the same secret; empty: the desk
    must call."""
    logistics_system: str = Field(default="campus-repairs", alias="LOGISTICS_SYSTEM", pattern=r"^[a-z0-9-]{1,40}$")
    clocks_every: float = Field(default=5.0, alias="YIZHAN_CLOCKS_EVERY", gt=0)
    """Seconds between two looks for due clocks."""
    poll_every: float = Field(default=60.0, alias="YIZHAN_POLL_EVERY", gt=0)
    """Seconds between two looks for silent outside legs."""
    poll_after: float = Field(default=900.0, alias="YIZHAN_POLL_AFTER", ge=0)
    """Seconds of silence after which the outside system is asked about a leg."""
