"""The Docker files, as far as they can be judged without an engine: hardened, pinned, and agreeing with each other."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from json_schema import wrong

from monitor.daemon.stopping import STOP_LIMIT_SECONDS

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SYSTEMD_UNIT = (ROOT / "docs/systemd/policy-monitor.service").read_text(encoding="utf-8")
DURATION = {"type": "string", "pattern": "^[0-9]+(s|m|h)$"}
TEXTS = {"type": "array", "items": {"type": "string"}}
SERVICE = {
    "type": "object",
    "required": ["image", "restart", "security_opt", "stop_grace_period"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string"},
        "build": {"type": "string"},
        "user": {"type": "string"},
        "env_file": {"type": "array"},
        "init": {"type": "boolean"},
        "command": TEXTS,
        "profiles": TEXTS,
        "read_only": {"type": "boolean"},
        "tmpfs": TEXTS,
        "cap_drop": TEXTS,
        "security_opt": TEXTS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "stop_grace_period": DURATION,
        "mem_limit": {"type": "string", "pattern": "^[0-9]+[kmg]$"},
        "shm_size": {"type": "string", "pattern": "^[0-9]+[kmg]$"},
        "pids_limit": {"type": "integer"},
        "logging": {"type": "object"},
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "volumes": TEXTS,
        "ports": TEXTS,
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"condition": {"enum": ["service_started", "service_healthy"]}},
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "disable": {"type": "boolean"},
                "test": TEXTS,
                "interval": DURATION,
                "timeout": DURATION,
                "start_period": DURATION,
                "retries": {"type": "integer"},
            },
        },
    },
}
SCHEMA = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object"},
    },
}


OURS = ["scheduler", "worker", "web", "sqlite"]


def test_the_compose_file_has_the_form_of_one() -> None:
    assert wrong(SCHEMA, COMPOSE) == []


@pytest.mark.parametrize("name", OURS)
def test_the_program_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.startswith("/tmp") for place in service["tmpfs"])
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert writable == ["monitor-data:/data"]


def test_it_is_given_longer_to_stop_than_it_takes() -> None:
    periods = [service["stop_grace_period"] for service in COMPOSE["services"].values()]
    periods += re.findall(r"^TimeoutStopSec=(\d+)$", SYSTEMD_UNIT, re.MULTILINE)
    assert len(periods) == len(COMPOSE["services"]) + 1
    assert all(int(period.rstrip("s")) > STOP_LIMIT_SECONDS + 5 for period in periods)


def test_systemd_tries_a_failed_start_again_without_end_and_waits_for_a_migration() -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", SYSTEMD_UNIT, re.MULTILINE))
    most_starts, within_seconds = 5, 10  # after which systemd gives up, unless they are set
    assert int(settings["RestartSec"]) * (most_starts - 1) > within_seconds
    assert settings["TimeoutStartSec"] == "infinity"


def test_one_container_with_sqlite_runs_only_when_it_is_asked_for() -> None:
    assert COMPOSE["services"]["sqlite"]["profiles"] == ["sqlite"]
    assert "depends_on" not in COMPOSE["services"]["sqlite"]


@pytest.mark.parametrize("role", ["scheduler", "worker", "web"])
def test_a_part_of_the_service_runs_and_asks_for_its_own_health(role: str) -> None:
    service = COMPOSE["services"][role]
    assert service["command"] == ["run", "--role", role]
    assert service["healthcheck"]["test"] == ["CMD", "monitor", "health", "--role", role]
    assert service["environment"]["MONITOR_DATABASE"].startswith("postgresql+psycopg://")
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_workers_can_be_many_for_they_have_no_port_and_no_name_of_their_own() -> None:
    assert not {"ports", "container_name"} & set(COMPOSE["services"]["worker"])


def test_the_parts_know_the_same_secrets() -> None:
    parts = [COMPOSE["services"][role]["environment"] for role in ("scheduler", "worker", "web")]
    assert parts[0] == parts[1] == parts[2]


def test_what_is_depended_on_and_mounted_is_there() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_dir()


@pytest.mark.parametrize("name", ["web", "sqlite"])
def test_the_page_is_published_to_this_machine_alone_and_never_without_a_token(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["environment"]["MONITOR_WEB__LISTEN"] == "0.0.0.0:8080"
    assert service["environment"]["MONITOR_WEB_TOKEN"].startswith("${MONITOR_WEB_TOKEN:?")
    (port,) = service["ports"]
    assert port == "${MONITOR_WEB_PORT:-127.0.0.1:8080}:8080"
    assert re.search(r"^EXPOSE 8080$", DOCKERFILE, re.MULTILINE)


def test_no_secret_stands_in_the_file() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET|_URL", name):
                assert value.startswith("${")
            if name == "MONITOR_DATABASE" and "@" in value:
                assert "${POSTGRES_PASSWORD" in value


def test_the_image_is_pinned_hashed_and_not_root() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.13-slim-trixie(@sha256:[0-9a-f]{64})?$", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert re.search(r'^HEALTHCHECK .*CMD \["monitor", "health"\]$', DOCKERFILE, re.MULTILINE)
    assert "MALLOC_ARENA_MAX=2" in DOCKERFILE
    assert re.search(r"^VOLUME /data$", DOCKERFILE, re.MULTILINE)


def test_every_variable_of_the_shipped_configuration_is_passed_on() -> None:
    shipped = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "config").glob("*.yaml"))
    lines = [line for line in shipped.splitlines() if not line.startswith("#")]
    wanted = set(re.findall(r"\$\{([A-Z][A-Z_]+)", "\n".join(lines))) - {"DB_PASSWORD", "NAME"}
    assert {"SMTP_URL", "MONITOR_PING_URL"} <= wanted
    for name in OURS:
        assert wanted <= set(COMPOSE["services"][name]["environment"]), name


def test_commands_that_edit_the_configuration_have_a_container_that_may_write_it_and_nothing_else() -> None:
    service = COMPOSE["services"]["edit"]
    assert service["profiles"] == ["edit"]
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == ["./config:/config"]


def test_secrets_in_files_reach_every_part_that_sends() -> None:
    extra = yaml.safe_load((ROOT / "docker-compose.secrets.yml").read_text(encoding="utf-8"))
    assert set(extra["services"]) == {"scheduler", "worker", "web"}
    for service in extra["services"].values():
        assert service["secrets"] == list(extra["secrets"])


def test_the_image_has_the_programs_that_back_up_its_database() -> None:
    client = re.search(r"postgresql-client-(\d+)", DOCKERFILE)
    server = re.match(r"postgres:(\d+)", COMPOSE["services"]["database"]["image"])
    assert client
    assert server
    assert int(client[1]) >= int(server[1])


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    let_through = {
        line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = [
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in sources.split()
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists()
        assert source in let_through


def test_the_script_of_ci_is_sound_and_runs_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert "make test" in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("given", ["sha256:" + "a1" * 32, "unauthorized"])
def test_pinning_writes_the_digests_that_the_registry_gives_and_nothing_else(tmp_path: Path, given: str) -> None:
    files = ("Dockerfile", "docker-compose.yml")
    for name in files:
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    registry = tmp_path / "bin" / "docker"
    registry.parent.mkdir()
    registry.write_text(f"#!/bin/sh\necho {given}\n")
    registry.chmod(0o755)
    environment = {"PATH": f"{registry.parent}:/usr/bin:/bin"}
    done = subprocess.run([ROOT / "tools" / "pin_images.sh"], cwd=tmp_path, env=environment, check=False)
    pinned = [(tmp_path / name).read_text(encoding="utf-8") for name in files]
    assert (done.returncode == 0) == given.startswith("sha256:")
    assert [text.count(f"@{given}") for text in pinned] == ([1, 1] if done.returncode == 0 else [0, 0])
    assert [text.replace(f"@{given}", "") for text in pinned] == [(ROOT / name).read_text("utf-8") for name in files]
