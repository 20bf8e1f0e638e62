"""Runs the command line in this process, on a service that has polled once."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from sample_service import Service, running

from monitor import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Monitor = "Callable[..., Done]"


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of rules with one file, `chips.yaml`: the RULES of the module."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "chips.yaml").write_text(request.module.RULES, encoding="utf-8")
    return tmp_path / "rules"


@pytest.fixture(scope="session")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose feeds were polled once; its sites still run."""
    with running(tmp_path_factory.mktemp("polled")) as service:
        assert cli.run(["--config", str(service.config), "poll"]) == 1
        yield service


@pytest.fixture
def service(polled: Service, tmp_path: Path) -> Service:
    """A copy of that service, which a test may change."""
    shutil.copytree(polled.folder, tmp_path / "copy", dirs_exist_ok=True)
    copy = Service(folder=tmp_path / "copy", servers=polled.servers)
    for name in ("monitor.yaml", "channels.yaml"):
        copy.write(name, (copy.config / name).read_text().replace(str(polled.folder), str(copy.folder)))
    return copy


@pytest.fixture
def monitor(service: Service, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Done]]:
    """Run a command line on the service."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, config: Path | None = None) -> Done:
        capsys.readouterr()
        code = cli.run(["--config", str(config or service.config), *arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    yield run
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
