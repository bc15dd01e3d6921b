"""Run `activities` alone: `python -m services.activities`."""

from services.activities.app import build
from services.activities.settings import Settings
from shared.runtime import serve

if __name__ == "__main__":
    settings = Settings()
    serve(build(settings), settings)
