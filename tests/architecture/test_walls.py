"""The import walls: the house as it stands keeps them, and each planted breach is found by import-linter or ruff."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.conftest import Plant
from tests.architecture.house import ROOT

TOOLS = Path(sys.executable).parent


def _walls(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / "lint-imports"), "--no-cache", "--config", ".importlinter"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=60)


def _ruff(house: Path, path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(TOOLS / "ruff"),
        "check",
        "--no-cache",
        "--select",
        "TID251",
        "--output-format",
        "concise",
        str(path),
    ]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=60)


def test_the_house_keeps_its_walls() -> None:
    result = _walls(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_copy_of_the_house_keeps_its_walls(copy: Path, plant: Plant) -> None:
    text = "from shared.contracts.requests.request import RequestFiled\n\nFACT = RequestFiled\n"
    plant("services/requests/planted/domain.py", text)
    plant("services/requests/planted/api.py", "import fastapi\n\nROUTER = fastapi.APIRouter()\n")
    result = _walls(copy)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "text", "wall"),
    [
        ("services/requests/planted/handlers.py", "import services.members", "Services never import each other"),
        ("services/reporting/planted/store.py", "import services.activities", "Services never import each other"),
        ("shared/planted.py", "import services.requests", "Shared never imports services"),
        ("shared/planted.py", "import deploy.local", "neither knows how it is deployed"),
        ("services/members/planted/domain.py", "import motor", "domain.py is pure"),
        ("services/members/planted/domain.py", "import httpx", "domain.py is pure"),
        ("services/members/planted/domain.py", "import asyncio", "domain.py is pure"),
        ("services/members/planted/domain.py", "import random", "domain.py is pure"),
        ("services/members/planted/domain.py", "from shared.clock import SystemClock", "domain.py is pure"),
        ("services/members/planted/domain.py", "from shared.store import mongo", "domain.py is pure"),
        ("shared/contracts/planted.py", "import nats", "Contracts are pure"),
        ("shared/contracts/planted.py", "import faststream", "Contracts are pure"),
        ("shared/contracts/planted.py", "from shared.ids import new_id", "Contracts are pure"),
        ("services/requests/planted/store.py", "import pymongo.errors", "The database driver is known"),
        ("shared/bus/planted.py", "import motor.motor_asyncio", "The database driver is known"),
        ("services/requests/planted/consumers.py", "import nats.js", "NATS and FastStream are known"),
        ("shared/store/planted.py", "from faststream.nats import NatsBroker", "NATS and FastStream are known"),
        ("services/requests/planted/handlers.py", "import fastapi", "FastAPI is known in its rooms"),
        ("shared/store/planted.py", "from starlette.requests import Request", "FastAPI is known in its rooms"),
    ],
)
def test_a_breach_of_a_wall_is_red(copy: Path, plant: Plant, name: str, text: str, wall: str) -> None:
    plant(name, f"{text}\n")
    result = _walls(copy)
    assert result.returncode != 0, result.stdout
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert [line for line in broken if wall in line], result.stdout + result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import UTC, datetime\n\nMOMENT = datetime.now(UTC)\n",
        "import datetime as dt\n\nMOMENT = dt.datetime.utcnow()\n",
        "import time\n\nMOMENT = time.time()\n",
        "import uuid\n\nID = uuid.uuid4()\n",
        "from uuid import uuid4\n\nID = uuid4()\n",
        "import random\n\nDRAW = random.randrange(6)\n",
    ],
)
@pytest.mark.parametrize("name", ["services/requests/planted/handlers.py", "shared/bus/planted.py"])
def test_reading_the_clock_or_drawing_randomness_is_red(copy: Path, plant: Plant, name: str, text: str) -> None:
    result = _ruff(copy, plant(name, text))
    assert result.returncode != 0
    assert "TID251" in result.stdout


@pytest.mark.parametrize("name", ["shared/clock.py", "shared/ids.py"])
def test_the_clock_and_the_ids_may(copy: Path, name: str) -> None:
    assert _ruff(copy, copy / name).returncode == 0
