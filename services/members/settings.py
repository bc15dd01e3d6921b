"""What `members` needs to know from its environment."""

from pydantic import Field, SecretStr

from shared.config import ServiceSettings


class Settings(ServiceSettings):
    """Settings of `members`; see `ServiceSettings` for those that every service has."""

    port: int = Field(default=8001, alias="YIZHAN_PORT")
    signing_key: str = Field(default="var/keys/signing.pem", alias="YIZHAN_SIGNING_KEY")
    """The file of the Ed25519 key that signs tokens (PEM), made when absent; `jwks.json` is written beside it."""
    person_key: str = Field(default="var/keys/person.key", alias="YIZHAN_PERSON_KEY")
    """The file of the key that ids of people follow from (hexadecimal), made when absent; no other service has it."""
    admin_password: SecretStr | None = Field(default=None, alias="YIZHAN_ADMIN_PASSWORD", min_length=8)
    """Password of the first administrator, `admin1`, who is registered at the start unless there is one."""
    timezone: str = Field(default="Asia/Shanghai", alias="YIZHAN_TIMEZONE")
    """The campus's time zone, by which timetables are read."""
    password_threads: int = Field(default=2, ge=1, le=32, alias="YIZHAN_PASSWORD_THREADS")
    """Threads that hash and compare passwords."""
