"""docs/follow-a-request.md names functions; each one exists where the page says."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

PAGE = ROOT / "docs/follow-a-request.md"
NAMED = re.compile(r"`([\w./-]+\.(?:py|ts|vue)):([\w.]+)`")


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and constants of a Python file; functions and constants of a TypeScript one."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return set(re.findall(r"(?:function|const|class|let)\s+(\w+)", text))
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
            names |= {f"{node.name}.{item.name}" for item in inner}
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def steps() -> list[tuple[str, str]]:
    return NAMED.findall(PAGE.read_text("utf-8")) if PAGE.exists() else []


def test_the_page_follows_the_request_through_all_four_services_the_bus_and_the_store() -> None:
    paths = {path for path, _ in steps()}
    rooms = ("services/requests/", "services/members/", "services/reporting/", "shared/bus/", "shared/store/", "web/")
    assert all(any(path.startswith(room) for path in paths) for room in rooms)
    assert len(steps()) > 20


@pytest.mark.parametrize(("path", "name"), steps())
def test_a_named_function_exists_where_the_page_says(path: str, name: str) -> None:
    assert (ROOT / path).exists(), f"{path} is gone"
    assert name in names_in(ROOT / path), f"{path} has no {name}"


def test_a_function_that_does_not_exist_would_be_found() -> None:
    assert "SystemClock.now" in names_in(ROOT / "shared/clock.py")
    assert "SystemClock.then" not in names_in(ROOT / "shared/clock.py")
