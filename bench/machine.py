"""The machine that a figure belongs to, processor time of processes, and where results are written."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from deploy.local.binaries import mongod_program, nats_server_binary

RESULTS = Path(__file__).parent / "results"
_TICKS = os.sysconf("SC_CLK_TCK")
_LIBRARIES = ("fastapi", "uvicorn", "uvloop", "motor", "pymongo", "nats-py", "faststream", "pydantic", "msgspec")


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, memory, versions, and the load before the run."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages * size / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "nats_server": _said([str(nats_server_binary()), "--version"]),
        "mongod": _said([str(mongod_program().path), "--version"]),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def processor_seconds(pid: int) -> float:
    """Return the processor time, in seconds, that a process has used so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def write(name: str, result: Mapping[str, Any]) -> Path:
    """Write `bench/results/<name>.json` with the moment of the run; return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    whole = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **result}
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _said(argv: list[str]) -> str:
    lines = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.splitlines()
    return lines[0].strip() if lines else "unknown"
