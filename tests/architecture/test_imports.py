"""Nothing connects, starts a thread or a process at import."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.conftest import Plant
from tests.architecture.house import ROOT

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys, threading

FORBIDDEN = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.posix_spawn"}

def watch(event, arguments):
    if event in FORBIDDEN:
        raise AssertionError(f"{event} at import: {arguments!r}")

sys.path.insert(0, ".")
sys.addaudithook(watch)
count = 0
for top in ("services", "shared"):
    package = importlib.import_module(top)
    for module in pkgutil.walk_packages(package.__path__, top + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            count += 1
names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
assert not names, f"threads at import: {names}"
print(count)
"""


def _import_everything(house: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", IMPORT_EVERYTHING]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=100)


def test_nothing_connects_at_import() -> None:
    result = _import_everything(ROOT)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 10


def test_a_connection_at_import_breaks(copy: Path, plant: Plant) -> None:
    plant("shared/planted.py", "import socket\n\nsocket.create_connection(('127.0.0.1', 9))\n")
    result = _import_everything(copy)
    assert result.returncode != 0
    assert "at import" in result.stderr


def test_a_thread_at_import_breaks(copy: Path, plant: Plant) -> None:
    plant("shared/planted.py", "import threading, time\n\nthreading.Thread(target=time.sleep, args=(2,)).start()\n")
    result = _import_everything(copy)
    assert result.returncode != 0
    assert "threads at import" in result.stderr
