"""Settings of reporting, from the environment."""

from pydantic import Field

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    """What reporting needs beside what every service needs."""

    draw_seconds: float = Field(default=0.25, alias="YIZHAN_BOARD_SECONDS", gt=0)
    """Seconds between two drawings of a board at least: screens are told no more often."""
    follow_seconds: float = Field(default=1.0, alias="YIZHAN_FOLLOW_SECONDS", gt=0)
    """Seconds between two looks at what other replicas changed."""
    rebuild_seconds: float = Field(default=1.0, alias="YIZHAN_REBUILD_SECONDS", gt=0)
    """Seconds between two looks for a rebuild that was asked for."""
    forget_seconds: float = Field(default=60.0, alias="YIZHAN_FORGET_SECONDS", gt=0)
    """Seconds between two looks for generations that nobody needs any more."""
    tally_seconds: float = Field(default=30.0, alias="YIZHAN_TALLY_SECONDS", gt=0)
    """Seconds between two looks whether a new day of the campus has begun."""
    timezone: str = Field(default="Asia/Shanghai", alias="YIZHAN_TIMEZONE")
    """The campus's time zone, whose midnight begins a day."""
