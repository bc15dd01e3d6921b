"""The tools are strict, and every exception from them has a reason."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.architecture.house import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
TOOL: dict[str, Any] = tomllib.loads(PYPROJECT)["tool"]
NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)?(?P<reason>.*)")


def test_ruff_knows_all_rules_and_each_ignore_has_a_reason() -> None:
    lint = TOOL["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    ignored = {code for codes in (lint["ignore"], *lint["per-file-ignores"].values()) for code in codes}
    for code in ignored:
        lines = [line for line in PYPROJECT.splitlines() if f'"{code}"' in line]
        assert lines
        assert all("#" in line for line in lines), f"{code} is ignored without a reason"
    assert len(lint["ignore"]) <= 15


def test_clock_and_randomness_are_banned() -> None:
    banned = TOOL["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert {"datetime.datetime.now", "datetime.datetime.utcnow", "uuid.uuid4", "random"} <= set(banned)


def test_pyright_is_strict_on_services_and_shared() -> None:
    assert set(TOOL["pyright"]["strict"]) == {"services", "shared"}


def test_pytest_is_strict() -> None:
    options = TOOL["pytest"]["ini_options"]
    assert {"--strict-markers", "--strict-config"} <= set(options["addopts"])
    assert options["asyncio_mode"] == "auto"
    assert options["timeout"] > 0


def test_coverage_counts_branches_and_asks_for_ninety() -> None:
    assert TOOL["coverage"]["run"]["branch"] is True
    assert TOOL["coverage"]["report"]["fail_under"] >= 90


def test_hooks_are_local_and_use_the_tools_that_are_locked() -> None:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    assert all(hook["language"] == "system" for repo in repos for hook in repo["hooks"])


@pytest.mark.parametrize("top", ["services", "shared"])
def test_no_warning_is_silenced_without_its_name_and_a_reason(top: str) -> None:
    silenced: list[str] = []
    for path in sorted((ROOT / top).rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            where = f"{path.relative_to(ROOT)}:{number}"
            found = NOQA.search(line)
            if found is not None and (found["codes"] is None or len(found["reason"].strip(" -")) < 5):
                silenced.append(where)
            if "pragma: no cover" in line and "case _:" not in line:
                silenced.append(where)
    assert silenced == []
