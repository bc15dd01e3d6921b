"""The diffs of the how-to pages still fit the code, and what they add is there when they are applied."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
ADDED: Mapping[str, str] = {
    "add-a-fact": "requests.leg.reported.v1",
    "add-a-route": "GET /api/members/places/{place_id}",
    "add-a-figure": "reopened_share",
    "add-a-topic": "POST /api/activities/finds/{find_id}/return",
}
LOOK = """
from deploy.docs import pages
from pathlib import Path
from services.reporting.requests.domain.subject import REQUESTS
print(*pages(Path()).values(), *(figure.id for figure in REQUESTS.figures))
"""


@dataclass(frozen=True)
class Hunk:
    """A place in a file: the lines as they are, and as they will be."""

    before: str
    after: str


def hunks_of(page: Path) -> Iterator[tuple[str, list[Hunk]]]:
    """The files that the diff of a page touches."""
    for diff in re.findall(r"^```diff\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        for part in re.split(r"^--- .*\n\+\+\+ b/", diff, flags=re.MULTILINE)[1:]:
            path, _, body = part.partition("\n")
            places = re.split(r"^@@.*\n", body, flags=re.MULTILINE)[1:]
            yield path, [Hunk(*("".join(_side(place, sign)) for sign in "-+")) for place in places]


def _side(place: str, sign: str) -> Iterator[str]:
    for line in place.splitlines(keepends=True):
        if line[0] in {" ", sign}:
            yield line[1:]


def applied(root: Path, path: str, hunks: list[Hunk]) -> str:
    """The file with the hunks applied, in order; each fits exactly one place."""
    file = root / path
    text = file.read_text("utf-8") if file.exists() else ""
    for hunk in hunks:
        assert text.count(hunk.before) == 1 if hunk.before else not file.exists(), (
            f"{path}: does not fit\n{hunk.before}"
        )
        text = text.replace(hunk.before, hunk.after, 1)
    return text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_diff_still_fits(page: Path) -> None:
    touched = list(hunks_of(page))
    assert touched
    for path, hunks in touched:
        applied(ROOT, path, hunks)


def test_what_they_add_is_there_when_they_are_applied(tmp_path: Path) -> None:
    for room in ("services", "shared", "deploy"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for page in PAGES:
        for path, hunks in hunks_of(page):
            if path.startswith(("services/", "shared/")):
                text = applied(tmp_path, path, hunks)
                (tmp_path / path).parent.mkdir(exist_ok=True)
                (tmp_path / path).write_text(text, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    seen = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stderr
    assert [page for page, what in ADDED.items() if what not in seen.stdout] == []
