"""A source kind and a channel added as CONTRIBUTING.md describes are polled and send a digest; all else is derived."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chatserver import ChatServer

from monitor.channels import CHANNEL_TYPES
from tests.siteserver import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECRET = "canary-7f3a9c"
LINES = b"2026-11-24 /1 The AI Act enters into force\nno-day\n\n2026-11-23 https://gazette.example/2 Weather \xff"
FILES = {
    "monitor.yaml": "fetch: {min_gap: 0s, allow_networks: [127.0.0.0/8]}\nextract: {workers: 1}\n",
    "feeds.yaml": 'feeds: [{{id: gazette, url: "{feed}", kind: lines, fulltext: never}}]\n',
    "channels.yaml": 'channels: {{phone: {{type: ntfy, topic: "{topic}"}}}}\n',
    "digests.yaml": 'digests: [{id: daily, title: Daily, schedule: "0 8 * * *", channels: [phone]}]\n',
    "rules/ai.yaml": (
        "version: 1\nrules: [{id: ai-act, title: AI Act, topic: ai, status: live, any: [AI Act],"
        " tests: [{hit: The AI Act}, {miss: Weather}]}]\n"
    ),
}
WRONG = """
channels:
  a: {{type: ntfi}}
  b: {{type: ntfy, topc: x}}
  phone: {{type: ntfy, topic: "ftp://{secret}"}}
"""
RUN = """
import contextlib, io, json, sys
from pathlib import Path
from monitor import cli, settings
from monitor.cli.session import secrets_of
from monitor.settings.schema import schemas

def run(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(arguments)
    return code, out.getvalue(), err.getvalue()

if __name__ == "__main__":
    runs = [run(command.split()) for command in sys.argv[1:]]
    loaded = settings.load(Path("config"), {})
    schema = json.loads(schemas()["channels.schema.json"])
    report = {"runs": runs, "secrets": sorted(secrets_of(loaded)), "schema": schema, "shown": repr(loaded)}
    Path("report.json").write_text(json.dumps(report))
"""


BLOCKS = dict(re.findall(r"```python\n# (monitor/\S+\.py)\n(.*?)```", GUIDE, re.DOTALL))
NEW_FILES = sorted(path for path in BLOCKS if not (ROOT / path).exists())
FOLLOWING = {
    "from monitor.channels.ntfy.": "from monitor.channels.slack.",
    "        NtfyConfig,": "        SlackConfig,",
    "from monitor.core.sources.lines ": "from monitor.core.sources.mailbox ",
    "        Lines()": "        Mailbox()",
}
"""Where lines of CONTRIBUTING.md belong in the registries: the beginning of the line that follows."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the program and add what CONTRIBUTING.md shows: new files, lines in registries, another line for `kind`."""
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor")
    for name in ("alembic", "config", "seeds"):
        (tmp_path / f"monitor/_{name}").symlink_to(ROOT / name)
    for path, code in BLOCKS.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        text = code if path in NEW_FILES else edited((ROOT / path).read_text("utf-8"), code)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def edited(text: str, block: str) -> str:
    """Put the lines of a block before those that follow them, or in the place of the one that begins alike."""
    for line in block.splitlines(keepends=True):
        following = next((after for start, after in FOLLOWING.items() if line.startswith(start)), "")
        old, new = (following, line + following) if following else (line.partition("[")[0], line + "    # ")
        assert text.count(f"\n{old}") == 1, f"{line!r} of CONTRIBUTING.md does not fit"
        text = text.replace(f"\n{old}", f"\n{new}")
    return text


def configure(project: Path, **addresses: str) -> None:
    """Write a folder with the channel, and one in which it is wrong."""
    for name, text in FILES.items():
        path = project / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**addresses) if "{{" in text else text, encoding="utf-8")
    shutil.copytree(project / "config", project / "wrong")
    (project / "wrong/channels.yaml").write_text(WRONG.format(secret=SECRET), encoding="utf-8")


async def run(project: Path, commands: Sequence[str]) -> dict[str, Any]:
    """Run commands in the copy of the program, in one process."""
    (project / "run.py").write_text(RUN, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "run.py", *commands,
        cwd=project, env={**os.environ, "PYTHONPATH": str(project)}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    report: dict[str, Any] = json.loads((project / "report.json").read_text("utf-8"))
    return report


def test_the_new_files_of_contributing_pass_the_linter(tmp_path: Path) -> None:
    for path, code in BLOCKS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    checked = subprocess.run([*command, *NEW_FILES], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (len(NEW_FILES), checked.returncode) == (4, 0), checked.stdout


async def test_a_source_kind_and_a_channel_need_only_what_contributing_shows(project: Path) -> None:
    async with Site() as site, ChatServer([(403, {}, "parrot")], strict=False) as server:
        site.routes["/feed"] = Answer(LINES, headers={"Content-Type": "text/plain"})
        configure(project, feed=site.url("/feed"), topic=f"{server.url}/{SECRET}")
        commands = ["poll", "channels test phone", "digest send daily", "doctor --format json"]
        commands += ["--config wrong rules check", "hits --format json"]
        commands += [f"feeds add {site.url('/2')} --kind {kind} --unchecked" for kind in ("lines", "verses")]
        report = await run(project, commands)
        requests = [(request.path, request.body.decode()) for request in server.requests]
    polled, refused, sent, doctor, wrong, hits, added, not_added = report["runs"]
    assert polled[0] == 0, polled
    assert [(row["url"], row["title"], row["published_at"]) for row in json.loads(hits[1])] == [
        (site.url("/1"), "The AI Act enters into force", "2026-11-24T00:00:00+00:00"),
    ]
    assert added[0] == 0, added
    assert "'verses' is not one of auto, feed, sitemap, page, json, lines, imap" in not_added[2]
    assert [path for path, _ in requests] == [f"/{SECRET}"] * 2
    assert "The *AI Act* enters into force" in requests[1][1]
    assert sent[0] == 0, sent
    assert (refused[0], "refused: http 403: cannot POST /***" in refused[1]) == (1, True), refused
    findings = {finding["text"] for finding in json.loads(doctor[1])}
    assert f"phone (ntfy) connects to 127.0.0.1:{server.port}" in findings
    assert any("warning: C101 topic: is written in the file" in text for text in findings)
    assert report["secrets"] == [f"{server.url}/{SECRET}"]
    assert report["schema"]["$defs"]["NtfyConfig"]["description"] == "A topic of an ntfy server."
    names = ", ".join(CHANNEL_TYPES).replace("slack", "ntfy, slack")
    assert [line.partition("error: ")[2] for line in wrong[2].splitlines() if "error: " in line] == [
        f"C005 type: 'ntfi' must be one of {names}; did you mean 'ntfy'?",
        "C003 key 'topic' is missing",
        "C002 unknown key 'topc'; did you mean 'topic'?",
        "C011 topic: must start with https:// or http://",
    ]
    database = (project / "data/monitor.db").read_bytes()
    assert b"daily" in database
    assert SECRET not in f"{report['runs']} {report['shown']} {database.decode('latin-1')}"
