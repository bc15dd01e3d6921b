"""Settings from the environment; each service adds its own."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.bus.stream import API


class ServiceSettings(BaseSettings):
    """What every service needs to run. Names in brackets are the environment variables."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    nats_url: str = Field(default="nats://127.0.0.1:4222", alias="NATS_URL")
    nats_user: str | None = Field(default=None, alias="NATS_USER")
    nats_password: str | None = Field(default=None, alias="NATS_PASSWORD")
    nats_api: str = Field(default=API, alias="NATS_API")
    """First tokens of the subjects on which the broker is asked; a broker with our accounts has others than usual."""
    mongodb_uri: str = Field(default="mongodb://127.0.0.1:27017/?replicaSet=rs0", alias="MONGODB_URI")
    mongodb_driver: str = Field(default="motor", alias="MONGODB_DRIVER", pattern="^(motor|pymongo)$")
    mongodb_database: str = Field(default="", alias="MONGODB_DATABASE")
    host: str = Field(default="127.0.0.1", alias="YIZHAN_HOST")
    port: int = Field(default=8000, alias="YIZHAN_PORT")
    public_url: str = Field(default="http://127.0.0.1:8080", alias="YIZHAN_PUBLIC_URL")
    """Where people reach the installation: the one origin that pages may call from besides the host that is called."""
    jwks: str = Field(default="var/keys/jwks.json", alias="YIZHAN_JWKS")
    """Where the public keys of sign-in are: the path of a file, or a URL."""
    relay_every: float = Field(default=2.0, alias="YIZHAN_RELAY_EVERY", gt=0)
    """Seconds between two looks for facts that a crash or an outage left unsent."""
    parked_every: float = Field(default=10.0, alias="YIZHAN_PARKED_EVERY", gt=0)
    """Seconds between two counts of the parked events, for the gauge."""
    sessions_every: float = Field(default=1.0, alias="YIZHAN_SESSIONS_EVERY", gt=0)
    """Seconds between two looks for sessions that ended, as another replica heard."""
    keys_every: float = Field(default=5.0, alias="YIZHAN_KEYS_EVERY", gt=0)
    """Seconds between two looks for documents of earlier releases without the keys that they are found by."""
    limits_factor: float = Field(default=1.0, alias="YIZHAN_LIMITS_FACTOR", gt=0)
    """How many times the usual calls (`shared/auth/limits.py`) one caller may make."""
    cookie_secure: bool = Field(default=False, alias="YIZHAN_COOKIE_SECURE")
    log_format: str = Field(default="console", alias="YIZHAN_LOG", pattern="^(json|console)$")
    log_level: str = Field(default="INFO", alias="YIZHAN_LOG_LEVEL")
