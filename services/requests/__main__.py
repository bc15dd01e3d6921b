"""Runs `requests`: python -m services.requests."""

from services.requests.app import build
from services.requests.settings import Settings
from shared.runtime import serve

if __name__ == "__main__":
    settings = Settings()
    serve(build(settings), settings)
