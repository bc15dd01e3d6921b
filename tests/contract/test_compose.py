"""docker-compose.yml names what exists: services, secrets, images pinned, every wall of the images."""

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.images.make_secrets import contents, write
from deploy.nats.permissions import authorization, from_environment
from deploy.nats.topology import SERVICES, durables

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_committed_broker_permissions_are_those_of_the_ears() -> None:
    committed = (ROOT / "deploy" / "nats" / "permissions.conf").read_text(encoding="utf-8")
    assert committed == authorization(durables(), from_environment), (
        "run: python -m deploy.nats.permissions > deploy/nats/permissions.conf"
    )


def test_every_secret_is_declared_and_made() -> None:
    used = {secret for part in PARTS.values() for secret in part.get("secrets", [])}
    assert used == set(COMPOSE["secrets"]) == set(contents())
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"var/secrets/{name}"}


@pytest.mark.parametrize("name", list(PARTS))
def test_each_container_is_read_only_without_rights_and_reads_only_its_secrets(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"]
    assert part["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in part["security_opt"]
    files = {v for k, v in part.get("environment", {}).items() if k.endswith("_FILE")}
    assert {Path(file).name for file in files} <= set(part.get("secrets", []))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_only_its_own_passwords(service: str) -> None:
    others = set(SERVICES) - {service}
    assert not [s for s in PARTS[service]["secrets"] if any(other in s for other in others)]
    assert PARTS[service]["build"]["args"] == {"SERVICE": service}


def test_only_the_gateway_is_reached_from_outside() -> None:
    assert [name for name, part in PARTS.items() if "ports" in part] == ["gateway"]
    assert COMPOSE["networks"]["inner"] == {"internal": True}


def test_every_base_image_is_pinned_and_every_image_runs_as_somebody() -> None:
    for path in (ROOT / "deploy" / "images").glob("*.Dockerfile"):
        text = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            if line.startswith("ARG ") and "_IMAGE=" in line:
                tag = line.partition(":")[2]
                assert tag.count(".") >= 2, f"{path.name}: {line}"
        assert "USER 10001:10001" in text, path.name
    for name in ("mongo",):
        assert PARTS[name]["image"].partition(":")[2].count(".") == 2
        assert PARTS[name]["user"] == "999:999"


def test_secrets_are_made_once_behind_a_closed_directory(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    assert write(directory) == len(COMPOSE["secrets"])
    before = (directory / "mongo_root_password").read_text()
    assert write(directory) == 0
    assert (directory / "mongo_root_password").read_text() == before
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_secret_that_an_earlier_release_did_not_have_is_added_beside_the_others(tmp_path: Path) -> None:
    write(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    (tmp_path / "person_key").unlink()
    assert write(tmp_path) == 1
    after = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"person_key"}


def test_no_service_but_members_has_the_key_of_ids() -> None:
    holders = {name for name, part in PARTS.items() if "person_key" in part.get("secrets", [])}
    assert holders == {"members", "upgrade"}
    assert PARTS["upgrade"]["profiles"] == ["upgrade"], "it runs only when somebody asks for it"


def test_the_entrypoint_turns_secret_files_into_variables(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("whsec_a b$c=\n")
    run = subprocess.run(
        [ROOT / "deploy" / "images" / "entrypoint.sh", "sh", "-c", 'printf "%s|%s" "$MY_WORD" "${MY_WORD_FILE-none}"'],
        env={"PATH": "/usr/bin:/bin", "MY_WORD_FILE": str(tmp_path / "word")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "whsec_a b$c=|none"
