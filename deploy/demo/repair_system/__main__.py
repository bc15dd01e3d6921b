"""`python -m deploy.demo.repair_system`: serve until stopped."""

import uvicorn

from deploy.demo.repair_system.app import build
from deploy.demo.repair_system.settings import Settings


def main() -> None:
    """Serve with the settings from the environment."""
    settings = Settings()
    uvicorn.run(build(settings), host=settings.host, port=settings.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
