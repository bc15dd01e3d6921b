"""Every command of ours that a document names exists: targets of make with their variables, `yizhan`, modules."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli import COMMANDS, parser

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"\b[A-Z]{2,}\b", MAKEFILE))


def said(document: Path) -> Iterator[str]:
    """Yield each command in the code of a document, without its comment."""
    text = document.read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    for line in [*blocks.splitlines(), *inline]:
        for part in re.split(r"&&|;|\$\(|\|\|", re.split(r"\s#", line)[0]):
            yield part.strip()


def commands(program: str) -> list[tuple[str, list[str]]]:
    """Return where and with what the documents call this program."""
    call = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?{program} (.+)")
    return [
        (str(document.relative_to(ROOT)), shlex.split(match[1]))
        for document in DOCUMENTS
        for command in said(document)
        if (match := call.match(command))
    ]


@pytest.mark.parametrize(("document", "words"), commands("make"), ids=str)
def test_every_target_of_make_that_a_document_names_is_there(document: str, words: list[str]) -> None:
    if words[:1] == ["-C"]:
        words = words[2:]
    set_here = {word.partition("=")[0] for word in words if "=" in word}
    assert {word for word in words if "=" not in word and re.fullmatch("[a-z-]+", word)} <= TARGETS, document
    assert set_here <= VARIABLES, document


@pytest.mark.parametrize(("document", "words"), commands("yizhan"), ids=str)
def test_every_command_of_yizhan_that_a_document_names_is_there(document: str, words: list[str]) -> None:
    assert words[0] in COMMANDS, document
    several = [[*words[:at], each] for at, word in enumerate(words) if "|" in word for each in word.split("|")]
    for each in several or [words]:
        with pytest.raises(SystemExit) as asked:
            parser().parse_args([*each, "--help"])
        assert asked.value.code == 0, each
    if len(words) > 1 and not several:
        parser().parse_args(words)


def test_the_documents_name_commands_of_both_kinds() -> None:
    assert {words[0] for _, words in commands("make")} >= {"up", "down", "upgrade", "check", "compose-test"}
    assert {words[0] for _, words in commands("yizhan")} >= {"parked", "backup", "restore"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_a_document_runs_is_there(document: Path) -> None:
    modules = {match for command in said(document) for match in re.findall(r"python3? -m ([a-z_.]+)", command)}
    for module in modules - {"pytest", "pip", "venv"}:
        assert importlib.util.find_spec(module), module
