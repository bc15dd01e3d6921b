"""No line of the pages is too long to be read beside another; a formatter does the rest (`make check`)."""

from pathlib import Path

from tests.architecture.house import ROOT, files

LONGEST = 140
# Wording is sentences, and a JSON string cannot be broken; what is generated is not read.
EXEMPT = ("web/src/api/generated/", "web/src/wording/", "web/package-lock.json")


def test_no_line_of_the_pages_is_too_long() -> None:
    found = [
        f"{name}:{number} has {len(line)} characters"
        for path in [
            *files(ROOT, "web/src", "web/scripts", "web/public"),
            *filter(Path.is_file, (ROOT / "web").iterdir()),
        ]
        if not (name := str(path.relative_to(ROOT))).startswith(EXEMPT)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert found == []
