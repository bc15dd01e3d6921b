"""Runs the service: `python -m services.members`."""

from services.members.app import build
from services.members.settings import Settings
from shared.runtime import serve

if __name__ == "__main__":
    settings = Settings()
    serve(build(settings), settings)
