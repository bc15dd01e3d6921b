"""What the repair system is told from outside."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings, from `REPAIR_...` in the environment."""

    model_config = SettingsConfigDict(env_prefix="REPAIR_")

    host: str = "127.0.0.1"
    port: int = 8099
    secret: str = "whsec_eWl6aGFuLWRlbW8tcmVwYWlyLXN5c3RlbS1zZWNyZXQ="  # noqa: S105 - of the demo, on this machine only
    """Standard Webhooks secret that signs what it sends."""
    api_key: str = ""
    """Open311 key that a sender must show; empty: none is asked for."""
    db: Path = Path("var/repair.sqlite3")
    """File that everything is kept in."""
    senders_at: str = ""
    """Where it reaches its senders, whatever origin they name, which may lead nowhere from here; empty: there."""
    seconds: float = 20.0
    """Mean time that a piece of work takes (each takes between half and one and a half of it)."""
    retry_first: float = 0.2
    """Seconds before an unanswered webhook is sent again; doubled each time."""
    retry_most: float = 10.0
    """The longest wait between two attempts."""
