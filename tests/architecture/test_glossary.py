"""Every name that the glossary gives for a word is a name in the code."""

import re

import pytest

from tests.architecture import house

PAGE = (house.ROOT / "docs/glossary.md").read_text("utf-8")
NAMES = sorted({name for line in PAGE.splitlines() if line.startswith("|") for name in re.findall(r"`(\w+)`", line)})


def _is_defined(name: str) -> bool:
    if any(path.stem == name for path in house.files(house.ROOT, "web/src") if path.suffix == ".vue"):
        return True
    defined = re.compile(rf"^\s*(class|def|async def) {name}\b|^\s+{name}: |^{name}\b.* = ", re.MULTILINE)
    return any(defined.search(path.read_text("utf-8")) for path, _ in house.modules(house.ROOT, "services", "shared"))


def test_there_are_names() -> None:
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_glossary_is_in_the_code(name: str) -> None:
    assert _is_defined(name)
