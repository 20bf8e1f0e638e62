"""A channel added as CONTRIBUTING.md describes sends a digest, and everything else is derived from its model."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chatserver import ChatServer

from tests.siteserver import RSS, Answer, Site

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECRET = "canary-7f3a9c"
FEED = b"""<rss version="2.0"><channel><title>Gazette</title>
<item><guid>1</guid><link>https://gazette.example/1</link><title>The AI Act enters into force</title></item>
</channel></rss>"""
FILES = {
    "monitor.yaml": "fetch: {min_gap: 0s, allow_networks: [127.0.0.0/8]}\nextract: {workers: 1}\n",
    "feeds.yaml": 'feeds: [{{id: gazette, url: "{feed}", fulltext: never, robots: ignore}}]\n',
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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the program and add the channel of CONTRIBUTING.md to it: one package, and its lines in the registry."""
    shutil.copytree(ROOT / "monitor", tmp_path / "monitor")
    for name in ("alembic", "config", "seeds"):
        (tmp_path / f"monitor/_{name}").symlink_to(ROOT / name)
    blocks = dict(re.findall(r"```python\n# (monitor/channels/\S+)\n(.*?)```", GUIDE, re.DOTALL))
    registry = tmp_path / "monitor/channels/__init__.py"
    line, entry = blocks.pop("monitor/channels/__init__.py").splitlines(keepends=True)
    text = registry.read_text("utf-8").replace("from monitor.channels.slack", f"{line}from monitor.channels.slack")
    assert "        SlackConfig,\n" in text, "the lines of CONTRIBUTING.md do not fit into the registry"
    registry.write_text(text.replace("        SlackConfig,\n", f"{entry}        SlackConfig,\n"), encoding="utf-8")
    assert len(blocks) == 2
    for path, code in blocks.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(code, encoding="utf-8")
    (tmp_path / "monitor/channels/ntfy/__init__.py").write_text("", encoding="utf-8")
    return tmp_path


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


async def test_a_channel_needs_a_package_and_its_lines_in_the_registry(project: Path) -> None:
    async with Site() as site, ChatServer([(403, {}, "parrot")], strict=False) as server:
        site.routes["/feed"] = Answer(FEED, headers={"Content-Type": RSS})
        configure(project, feed=site.url("/feed"), topic=f"{server.url}/{SECRET}")
        commands = ["poll", "channels test phone", "digest send daily", "doctor --format json"]
        report = await run(project, [*commands, "--config wrong rules check"])
        requests = [(request.path, request.body.decode()) for request in server.requests]
    polled, refused, sent, doctor, wrong = report["runs"]
    assert polled[0] == 0, polled
    assert [path for path, _ in requests] == [f"/{SECRET}"] * 2
    assert "The *AI Act* enters into force" in requests[1][1]
    assert sent[0] == 0, sent
    assert (refused[0], "refused: http 403: cannot POST /***" in refused[1]) == (1, True), refused
    findings = {finding["text"] for finding in json.loads(doctor[1])}
    assert f"phone (ntfy) connects to 127.0.0.1:{server.port}" in findings
    assert any("warning: C101 topic: is written in the file" in text for text in findings)
    assert report["secrets"] == [f"{server.url}/{SECRET}"]
    assert report["schema"]["$defs"]["NtfyConfig"]["description"] == "A topic of an ntfy server."
    assert [line.partition("error: ")[2] for line in wrong[2].splitlines() if "error: " in line] == [
        "C005 type: 'ntfi' must be one of file, console, email, ntfy, slack, webhook, apprise; did you mean 'ntfy'?",
        "C003 key 'topic' is missing",
        "C002 unknown key 'topc'; did you mean 'topic'?",
        "C011 topic: must start with https:// or http://",
    ]
    database = (project / "data/monitor.db").read_bytes()
    assert b"daily" in database
    assert SECRET not in f"{report['runs']} {report['shown']} {database.decode('latin-1')}"
