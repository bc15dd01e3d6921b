"""What every test may ask for, and how the tests are shared out to workers that run side by side.

`pytest -n 3` gives whole files to workers, the longest first: what a file's tests share is made once. A worker makes
its broker and its database once and shares them among its files. Files that need the running system (`place`) go
together in two lots, so that it is started twice and not by every worker.
"""

from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.servers import mongodb_uri, nats_url
from tests.support.town import place

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

__all__ = ["mongodb_uri", "nats_url", "place"]

LOOKING = ("pages", "wall", "wall_sizes", "proofs", "outside_news", "operations")
"""The browser tests of the first lot; all others that need the running system are of the second."""

# A busy machine draws slowly; what is drawn is as good.
settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("busy")

ON_THE_SYSTEM = (
    "tests/browser/",
    "tests/e2e/test_closed_loop.py",
    "tests/e2e/test_parked_command.py",
    "tests/e2e/test_scopes.py",
    "tests/probes/",
)

UNCOVERED = ("tests/browser/", "tests/e2e/", "tests/faults/", "tests/fuzz/", "tests/probes/", "tests/simulation/")
"""What is told by whole runs of the system: its coverage is not asked for, and measuring it would cost a quarter."""

LONGEST = (
    "tests/browser/test_pages.py",
    "tests/browser",
    "tests/faults/test_kill.py",
    "tests/fuzz",
    "tests/e2e/test_bad_input.py",
    "tests/faults",
    "tests/simulation/test_plants.py",
    "tests/e2e",
    "tests/integration",
    "tests/contract",
    "tests/simulation",
)
"""What is begun first, so that no worker is left alone with it at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest, when there are several workers; measure only where it is asked for."""
    for item in items:
        if item.nodeid.startswith(UNCOVERED):
            item.add_marker("no_cover")
    if config.pluginmanager.hasplugin("dsession") or hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadScopeScheduling":
    """Share out by files."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _lot(nodeid.partition("::")[0])

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def _plain_faults() -> None:
    """Write the logged faults of tests plainly: to draw one with all its locals takes seconds."""
    structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


def _lot(file: str) -> str:
    """Return what is given out together with this file."""
    if not file.startswith(ON_THE_SYSTEM):
        return file
    looking = file.removeprefix("tests/browser/test_").removesuffix(".py") in LOOKING
    return "those who look" if looking else "those who work"


def _turn(nodeid: str) -> int:
    return next((turn for turn, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))
