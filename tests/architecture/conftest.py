"""A copy of the house, in which a test may break a wall."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

Plant = Callable[[str, str], Path]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A temporary copy of the code and of the tools' settings."""
    house = tmp_path / "house"
    for top in ("services", "shared", "deploy"):
        shutil.copytree(ROOT / top, house / top, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("pyproject.toml", ".importlinter"):
        shutil.copy(ROOT / name, house / name)
    return house


@pytest.fixture
def plant(copy: Path) -> Plant:
    """Write one file of the copy; returns its path."""

    def write(name: str, text: str) -> Path:
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.parents:
            if folder == copy or not folder.is_relative_to(copy / name.split("/", 1)[0]):
                break
            (folder / "__init__.py").touch()
        path.write_text(text, "utf-8")
        return path

    return write
