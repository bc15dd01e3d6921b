"""What the dead leave behind is swept up after each test, quietly, and not in the middle of somebody else's work."""

import gc
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Collect the coroutines of dead processes: their `finally` has no loop to run on, which is no news."""
    yield
    before, sys.unraisablehook = sys.unraisablehook, lambda _unraisable: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = before
