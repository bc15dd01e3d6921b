"""Makes the secrets of docker-compose.yml, once: `python -m deploy.images.make_secrets [directory]`.

Needs the standard library only.
"""

import base64
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

SERVICES = ("members", "activities", "requests", "reporting")
REPLICA_SET = "yizhan"
ADDED = ("person_key", "demo_password")
"""Secrets that an earlier release did not have, and that hang together with no other."""


def contents() -> Mapping[str, str]:
    """Return fresh secrets by the name that docker-compose.yml gives them."""
    nats = {user: "n" + secrets.token_hex(20) for user in (*SERVICES, "bootstrap")}
    mongo = {service: secrets.token_hex(20) for service in SERVICES}
    root = secrets.token_hex(20)
    made = {
        "mongo_keyfile": base64.b64encode(secrets.token_bytes(96)).decode(),
        "mongo_root_password": root,
        "mongo_root_uri": f"mongodb://root:{root}@mongo:27017/?authSource=admin",
        "logistics_webhook": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "open311_key": secrets.token_hex(20),
        "admin_password": secrets.token_urlsafe(12),
        "demo_password": secrets.token_urlsafe(12),
        "person_key": secrets.token_hex(32),
    }
    for user, word in nats.items():
        made[f"nats_{user}_password"] = word
    for service, word in mongo.items():
        made[f"mongo_{service}_password"] = word
        database = f"yizhan_{service}"
        where = f"mongo:27017/{database}?replicaSet={REPLICA_SET}&authSource={database}"
        made[f"mongo_{service}_uri"] = f"mongodb://{service}:{word}@{where}"
    return made


def write(directory: Path) -> int:
    """Write the secrets that are all missing in `directory`; returns how many were written.

    Where there are some, only those are added that an earlier release did not have.
    """
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    made = contents()
    if any(directory.iterdir()):
        made = {name: made[name] for name in ADDED if not (directory / name).exists()}
    for name, text in made.items():
        # Containers read them as users of their own; the directory keeps everybody else of this machine out.
        (directory / name).write_text(text, encoding="utf-8")
        (directory / name).chmod(0o444)
    return len(made)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "var/secrets")
    print(f"{write(target)} secrets made in {target}")
