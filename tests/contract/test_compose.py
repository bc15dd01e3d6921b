"""docker-compose.yml names what exists: services, secrets, images pinned, every wall of the images."""

import re
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from deploy.images.healthy import healthy
from deploy.images.make_secrets import contents, write
from deploy.local.ports import HOST
from deploy.nats.permissions import authorization, from_environment
from deploy.nats.topology import API, SERVICES, durables

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


def interpolated(**environment: str) -> dict[str, Any]:
    """Return the composition as Compose reads it in this environment."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    text = re.sub(r"(?<!\$)\$\{([A-Z0-9_]+):-([^}]*)\}", lambda found: environment.get(found[1]) or found[2], text)
    read: dict[str, Any] = yaml.safe_load(text)
    assert read["services"]["setup"]["restart"] == "on-failure:10"
    read["services"]["setup"]["restart"] = (
        "on-failure"  # the specification allows a number; the library knows the word only
    )
    return read


def test_the_composition_is_what_the_compose_specification_allows() -> None:
    read = PyCompose.from_yaml(yaml.safe_dump(interpolated()))
    read.validate()
    assert set(read.to_dict()["services"]) == set(PARTS)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("nats", "mem_limitt", "1g"),
        ("mongo", "pids_limit", "many"),
        ("gateway", "ports", 8080),
        ("setup", "secrets", "x"),
    ],
)
def test_what_the_specification_does_not_allow_is_found(part: str, key: str, value: object) -> None:
    wrong = interpolated()
    wrong["services"][part][key] = value
    with pytest.raises(ValueError, match=part):
        PyCompose.from_yaml(yaml.safe_dump(wrong)).validate()


def networks_of(name: str) -> set[str]:
    return set(PARTS[name]["networks"])


def test_only_the_gateway_is_reached_from_outside_and_only_requests_reaches_out() -> None:
    assert [name for name, part in PARTS.items() if "ports" in part] == ["gateway"]
    assert COMPOSE["networks"] == {"inner": {"internal": True}, "outer": {}, "repair-system": {}}
    beyond = {name: networks_of(name) - {"inner"} for name in PARTS}
    assert {name: names for name, names in beyond.items() if names} == {
        "gateway": {"outer"},
        "requests": {"repair-system"},
    }


def test_without_the_demo_the_desk_works_by_hand_and_with_it_the_demos_system_is_found_by_its_name() -> None:
    requests, repairs = PARTS["requests"], PARTS["repairs"]
    assert requests["environment"]["OPEN311_URL"] == "${OPEN311_URL:-}"
    assert requests["environment"]["LOGISTICS_WITHDRAWAL_URL"] == "${LOGISTICS_WITHDRAWAL_URL:-}"
    assert requests["depends_on"]["repairs"] == {"condition": "service_healthy", "required": False}
    [alias] = repairs["networks"]["inner"]["aliases"]
    port = repairs["environment"]["REPAIR_PORT"]
    script = requests["command"][2]
    assert f"getent hosts {alias}" in script
    assert repairs["environment"]["REPAIR_SENDERS_AT"] == "http://gateway:8080"
    assert PARTS["gateway"]["ports"][0].endswith(":8080")
    assert f"OPEN311_URL=http://{alias}:{port}/open311/v2" in script
    assert [name for name, part in PARTS.items() if part.get("profiles") == ["demo"]] == ["repairs", "seed"]


@pytest.mark.parametrize(
    ("known", "given", "expected"),
    [
        (False, "", "|"),
        (True, "", "http://yizhan-demo-repairs:8099/open311/v2|http://yizhan-demo-repairs:8099/withdrawals"),
        (True, "https://repairs.example/v2", "https://repairs.example/v2|"),
    ],
    ids=["by hand", "the demo's", "the campus's own"],
)
def test_the_start_of_requests_chooses_the_outside_system(
    tmp_path: Path, known: bool, given: str, expected: str
) -> None:
    script = PARTS["requests"]["command"][2].replace("$$", "$")
    programs = {
        "getent": f"#!/bin/sh\nexit {0 if known else 2}\n",
        "python": '#!/bin/sh\nprintf "%s|%s" "$OPEN311_URL" "$LOGISTICS_WITHDRAWAL_URL"\n',
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "OPEN311_URL": given, "LOGISTICS_WITHDRAWAL_URL": ""}
    run = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=True)
    assert run.stdout == expected


@pytest.mark.parametrize("name", list(PARTS))
def test_each_container_has_its_share_and_no_more(name: str) -> None:
    part = PARTS[name]
    assert part["mem_limit"]
    assert part["pids_limit"] <= 1024
    assert all("size=" in mount for mount in part["tmpfs"])
    assert part["image"].partition(":")[2], "a version, not whatever is the latest"


@pytest.mark.parametrize("name", [name for name in PARTS if name not in {"setup", "upgrade"}])
def test_each_container_tells_its_health_cheaply_and_seldom_once_it_runs(name: str) -> None:
    check = PARTS[name]["healthcheck"]
    assert (check["interval"], check["start_interval"]) == ("30s", "1s")
    assert check["test"][0] == "CMD"
    assert check["test"][1] in {"wget", "bash", "healthy", "test"}


def test_the_brokers_monitoring_answers_its_own_container_only() -> None:
    config = (ROOT / "deploy" / "nats" / "nats.conf").read_text(encoding="utf-8")
    assert 'http: "127.0.0.1:8222"' in config
    assert "0.0.0.0:8222" not in config
    assert "127.0.0.1:8222" in PARTS["nats"]["healthcheck"]["test"][-1]


def test_mongodb_runs_no_scripts_speaks_no_zlib_and_is_a_release_that_keeps_its_memory_to_itself() -> None:
    command = PARTS["mongo"]["command"]
    assert "--noscripting" in command
    assert "--networkMessageCompressors=snappy,zstd" in command
    major, minor, patch = map(int, PARTS["mongo"]["image"].partition(":")[2].split("."))
    assert (major, minor) == (6, 0)
    assert patch >= 27


def test_services_ask_the_broker_in_their_own_accounts() -> None:
    assert {PARTS[service]["environment"]["NATS_API"] for service in SERVICES} == {API}


def test_the_demo_campus_has_a_password_of_its_own_that_nobody_wrote_down() -> None:
    seed = PARTS["seed"]
    assert seed["environment"]["YIZHAN_DEMO_PASSWORD_FILE"] == "/run/secrets/demo_password"
    assert seed["environment"]["YIZHAN_ADMIN_PASSWORD_FILE"] == "/run/secrets/admin_password"
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert "yizhan-demo\n" not in text.replace("yizhan-demo-repairs", "")


def test_what_the_images_take_from_here_is_here() -> None:
    for path in (ROOT / "deploy" / "images").glob("*.Dockerfile"):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] == ["COPY"] and not words[1].startswith("--from"):
                for source in words[1:-1]:
                    assert (ROOT / source.replace("${SERVICE}", "members")).exists(), f"{path.name}: {line}"


def test_a_program_is_in_an_image_once() -> None:
    gateway = (ROOT / "deploy" / "images" / "gateway.Dockerfile").read_text(encoding="utf-8")
    last = gateway.rpartition("\nFROM ")[2]
    assert last.count("/usr/bin/caddy") == 1
    assert "cp /usr/bin/caddy" not in last


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


@pytest.mark.parametrize("name", ["person_key", "demo_password"])
def test_a_secret_that_an_earlier_release_did_not_have_is_added_beside_the_others(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    (tmp_path / name).unlink()
    assert write(tmp_path) == 1
    after = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert {each for each in before if before[each] != after[each]} == {name}


def test_no_service_but_members_has_the_key_of_ids() -> None:
    holders = {name for name, part in PARTS.items() if "person_key" in part.get("secrets", [])}
    assert holders == {"members", "upgrade"}
    assert PARTS["upgrade"]["profiles"] == ["upgrade"], "it runs only when somebody asks for it"


def entered(tmp_path: Path, shown: str, **env: str) -> str:
    """Run the entrypoint with these variables and return what the program shows."""
    run = subprocess.run(
        [ROOT / "deploy" / "images" / "entrypoint.sh", "sh", "-c", f'printf "%s" "{shown}"'],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_the_entrypoint_turns_secret_files_into_variables(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("whsec_a b$c=\n")
    shown = "$NATS_PASSWORD|${NATS_PASSWORD_FILE-none}"
    assert entered(tmp_path, shown, NATS_PASSWORD_FILE=str(tmp_path / "word")) == "whsec_a b$c=|none"


def test_the_entrypoint_leaves_files_of_other_programs_alone(tmp_path: Path) -> None:
    shown = "${SSL_CERT-none}|$SSL_CERT_FILE|${X-none}|${NATS_PASSWORD-none}"
    assert entered(tmp_path, shown, SSL_CERT_FILE="/nowhere/cert.pem", X_FILE="/nowhere") == (
        "none|/nowhere/cert.pem|none|none"
    )


def test_the_entrypoint_reads_every_secret_that_the_composition_names() -> None:
    lines = (ROOT / "deploy" / "images" / "entrypoint.sh").read_text(encoding="utf-8").splitlines()
    words = " ".join(line for line in lines if not line.startswith("#")).replace(";", " ").split()
    named = {
        name.removesuffix("_FILE")
        for part in PARTS.values()
        for name in part.get("environment", {})
        if name.endswith("_FILE") and not name.startswith("MONGO_INITDB_")
    }
    assert named <= set(words)
    assert {word for word in words if word.isupper() and "_" in word and "=" not in word} == named


def test_a_service_is_healthy_when_it_answers_with_200() -> None:
    answers = [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b""]
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            for text in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(text)

        thread = threading.Thread(target=answer)
        thread.start()
        assert [healthy(port, "/readyz") for _ in answers] == [True, False, False]
        thread.join()
    assert not healthy(port, "/readyz")


@pytest.mark.parametrize("engines", [(), ("docker",), ("podman",)])
def test_where_no_engine_answers_the_composition_is_not_tried_and_nothing_is_wrong(
    tmp_path: Path, engines: tuple[str, ...]
) -> None:
    for name in engines:
        (tmp_path / name).write_text("#!/bin/sh\necho 'no engine runs here' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    run = subprocess.run(
        [sys.executable, "-m", "deploy.images.compose_test"],
        env={"PATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout.count("\n"), run.stderr) == (0, 1, "")
    assert "was not tried" in run.stdout
