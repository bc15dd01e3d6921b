"""A backup of a stopped stack holds all that it kept, and comes back elsewhere, counted before and after."""

import asyncio
import stat
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from pymongo import AsyncMongoClient

from deploy.cli import main
from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings, secrets_in, temporary_settings
from deploy.local.stack import servers
from deploy.mongo.provision import database_of
from deploy.nats.provision import provision_at
from deploy.nats.topology import API, BOOTSTRAP, SERVICES, inbox_prefix
from deploy.operations import backup
from deploy.operations.counts import Counts, counts, told
from shared.bus.publisher import StreamPublisher, jetstream
from shared.bus.stream import STREAM
from tests.support.buses import event


async def live(settings: StackSettings) -> Counts:
    """Let something happen in a stack's servers, and return what they hold then."""
    async with servers(settings) as stack:
        user, password = stack.broker_login
        await provision_at(stack.urls["nats"], user=user, password=password)
        for service in ("members", "reporting"):
            broker = await nats.connect(
                stack.urls["nats"],
                user=service,
                password=stack.secrets.broker[service],
                inbox_prefix=inbox_prefix(service).encode(),
            )
            if service == "members":
                await StreamPublisher(broker).publish([event() for _ in range(30)])
            else:
                heard = await jetstream(broker, API).pull_subscribe_bind("reporting-rows", STREAM)
                for message in await heard.fetch(12, timeout=5):
                    await message.ack_sync()
            await broker.close()
        async with AsyncMongoClient[dict[str, object]](stack.urls["mongo"]) as mongo:
            for number, service in enumerate(SERVICES, start=1):
                await mongo[database_of(service)]["things"].insert_many([{"n": n} for n in range(number * 10)])
        return await counts(stack.urls["nats"], stack.broker_login, stack.urls["mongo"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[StackSettings, Path, Counts]:
    """A stack that has lived and was stopped, its backup, and what it held."""
    directory = tmp_path_factory.mktemp("lived")
    settings = temporary_settings(directory / "var")
    held = asyncio.run(live(settings))
    assert backup.backup(settings, Namespace(file=directory / "yizhan.tar.gz")) == 0
    return settings, directory / "yizhan.tar.gz", held


def test_what_comes_back_is_what_was_kept(
    kept: tuple[StackSettings, Path, Counts], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, file, held = kept
    elsewhere = temporary_settings(tmp_path / "other")
    assert backup.restore(elsewhere, Namespace(file=file)) == 0
    assert "as was counted" in capsys.readouterr().out
    assert asyncio.run(_counted(elsewhere)) == held
    assert held["record"] == {"events": 30, "first": 1, "last": 30}
    assert held["waiting"]["reporting-rows"] == 18
    assert {service: each["things"] for service, each in held["documents"].items()} == dict(
        zip(SERVICES, (10, 20, 30, 40), strict=True)
    )
    assert told(held) == "30 events, 100 documents, " + f"{sum(held['waiting'].values())} to be heard"
    assert secrets_in(elsewhere.directory) == secrets_in(settings.directory)


async def _counted(settings: StackSettings) -> Counts:
    async with servers(settings) as stack:
        assert stack.broker_login[0] == BOOTSTRAP
        return await counts(stack.urls["nats"], stack.broker_login, stack.urls["mongo"])


def test_a_backup_is_for_its_owner_alone_and_replaces_none(kept: tuple[StackSettings, Path, Counts]) -> None:
    settings, file, _ = kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(LocalError, match="is there already"):
        backup.backup(settings, Namespace(file=file))
    assert [path.name for path in file.parent.iterdir() if path.name.startswith("yizhan")] == [file.name]


def test_nothing_that_is_kept_is_written_over(kept: tuple[StackSettings, Path, Counts]) -> None:
    settings, file, _ = kept
    with pytest.raises(LocalError, match="Something is kept"):
        backup.restore(settings, Namespace(file=file))


def test_what_is_no_backup_and_what_keeps_nothing_is_told(tmp_path: Path) -> None:
    empty = temporary_settings(tmp_path / "var")
    (tmp_path / "other").write_text("something else")
    with pytest.raises(LocalError, match="tar"):
        backup.restore(empty, Namespace(file=tmp_path / "other"))
    with pytest.raises(LocalError, match="Nothing is kept"):
        backup.backup(empty, Namespace(file=tmp_path / "file"))
    with pytest.raises(LocalError, match="servers of somebody else"):
        backup.backup(replace(empty, nats_url="nats://elsewhere"), Namespace(file=tmp_path / "file"))


def test_a_file_that_does_not_hold_what_was_counted_is_told(
    kept: tuple[StackSettings, Path, Counts],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fewer(_: StackSettings) -> Counts:
        return {**kept[2], "record": {"events": 29, "first": 1, "last": 29}}

    monkeypatch.setattr(backup, "_counted", fewer)
    assert backup.restore(temporary_settings(tmp_path / "var"), Namespace(file=kept[1])) == 1
    assert "other than was counted" in capsys.readouterr().err


def test_the_commands_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YIZHAN_VAR", str(tmp_path / "var"))
    assert main(["backup", str(tmp_path / "file")]) == 1
    assert "Nothing is kept" in capsys.readouterr().err
