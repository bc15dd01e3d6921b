"""Schemathesis over the four services, a short way, with all checks: as an administrator, as a student and as nobody.

The long way, as every role and with sequences of calls, is `make fuzz`.
"""

from pathlib import Path

import pytest

from shared.contracts.members import Role
from tests.e2e.house import open_house
from tests.fuzz.runs import NOBODY, QUICK, SHORT, run_all


@pytest.mark.timeout(600)
async def test_what_the_services_say_of_themselves_is_what_they_do(
    nats_url: str, mongodb_uri: str, tmp_path: Path
) -> None:
    async with open_house(nats_url, mongodb_uri, tmp_path) as house:
        found = [
            *await run_all(house, [Role.ADMIN.value], SHORT, tmp_path, at_once=2),
            *await run_all(house, [Role.STUDENT.value, NOBODY], QUICK, tmp_path, at_once=2),
        ]
    assert all(one.cases for one in found)
    told = {f"{one.service} as {one.who}": (one.findings, one.output[-6000:]) for one in found if one.findings}
    assert not told, "\n".join(f"{where}: {findings}\n{output}" for where, (findings, output) in told.items())
