"""The operator's guide names what exists: services, variables, secrets, volumes, modules and commands."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cli import parser
from deploy.images.make_secrets import contents

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guides" / "operator.md").read_text(encoding="utf-8")
COMPOSITION = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSITION)
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
LINES = [line.partition("  #")[0].strip() for line in SHELL.splitlines()]
SAID = [*LINES, *re.findall(r"`([^`\n]+)`", TEXT)]
OF_COMPOSE = {"up", "stop", "run", "create", "down", "build", "logs", "version"}


def compose_commands() -> list[list[str]]:
    found = [re.search(r"docker compose (.*)", line) for line in SAID]
    words = [shlex.split(re.split(r" [>&|]|;", match[1])[0]) for match in found if match]
    return [each[2:] if each[0] == "--profile" else each for each in words]


@pytest.mark.parametrize("command", compose_commands(), ids=" ".join)
def test_every_command_of_compose_names_services_that_exist(command: list[str]) -> None:
    deed, *rest = command
    assert deed in OF_COMPOSE
    if "--scale" in rest:
        scaled = [word.partition("=")[0] for word in rest if "=" in word]
        assert scaled
        assert set(scaled) <= set(COMPOSE["services"])
        return
    names = [word for word in rest if not word.startswith("-")]
    if deed == "run":
        names = names[:1]
    assert set(names) <= set(COMPOSE["services"])


def test_every_module_that_is_run_exists() -> None:
    modules = re.findall(r"python3? -m ([\w.]+)", TEXT)
    assert {"deploy.images.make_secrets", "deploy.operations.counts"} <= set(modules)
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


def test_every_variable_is_one_that_the_composition_or_the_local_stack_takes() -> None:
    named = set(re.findall(r"\b(?:YIZHAN|OPEN311|LOGISTICS)_[A-Z_]+\b", TEXT)) - {"YIZHAN_VAR"}
    assert named <= set(re.findall(r"\$\{([A-Z0-9_]+):-", COMPOSITION))
    assert {"YIZHAN_PUBLIC_URL", "YIZHAN_COOKIE_SECURE", "OPEN311_URL"} <= named


def test_every_secret_and_every_volume_is_there() -> None:
    assert set(re.findall(r"var/secrets/(\w+)", TEXT)) <= set(contents())
    listed = re.findall(r"for volume in (.*); do", TEXT)
    assert len(listed) == 2
    for names in listed:
        assert set(names.split()) == set(COMPOSE["volumes"]) - {"repairs-data"}


def test_every_command_of_ours_is_understood() -> None:
    ours = [shlex.split(match[1]) for line in LINES if (match := re.search(r"\.venv/bin/yizhan (.*)", line))]
    assert [parser().parse_args(words).command for words in ours] == ["backup", "restore"]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)", " ".join(SAID))) <= set(targets)


def test_every_test_that_it_names_is_there() -> None:
    for name in re.findall(r"`?(?:tests/\w+/)?(test_\w+\.py)`?", TEXT):
        assert list((ROOT / "tests").rglob(name)), name
