"""Run reporting: `python -m services.reporting`."""

from services.reporting.app import build
from services.reporting.settings import Settings
from shared.runtime import serve

if __name__ == "__main__":
    settings = Settings()
    serve(build(settings), settings)
