"""Exit codes and one-line errors: 0 done, 1 a problem was found, 2 usage, 3 configuration, 4 database, 70 a bug."""

from __future__ import annotations

import errno
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from monitor import cli, settings
from monitor.app import open_app
from monitor.cli.session import TimeBoundParam
from monitor.daemon import page_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sample_service import Service


MANY = str(2**63)
"""More than a database can count."""


def test_help_is_done(monitor: Callable) -> None:
    result = monitor("--help")
    assert result.code == 0
    assert "monitor demo" in result.out


cli.main.import_all()


def options(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Parameter]]:
    """Yield every parameter of a command and of those below it, with the command's name."""
    yield from ((path, each) for each in command.params)
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, f"{path} {name}".strip())


def test_since_and_until_take_a_duration_or_a_day_in_every_command() -> None:
    bounds = {path: each.type for path, each in options(cli.main) if each.name in {"since", "until"}}
    assert {"hits", "stories", "digest preview", "rules backtest", "rules backfill"} <= bounds.keys()
    assert {path: type(each) for path, each in bounds.items()} == dict.fromkeys(bounds, TimeBoundParam)


def test_help_says_what_each_option_does() -> None:
    found = [each for each in options(cli.main) if isinstance(each[1], click.Option)]
    assert [(path, each.name) for path, each in found if not each.help] == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["poll", "meridian-wires"], "did you mean 'meridian-wire'?"),
        (["poll", "nope"], "feeds.yaml has no feed 'nope'; `monitor feeds list` lists them"),
        (["digest", "preview", "nope"], "digests.yaml has no digest 'nope'; configured: "),
        (
            ["feeds", "add", "https://press.example", "--tier", "pres"],
            "'pres' is not one of official, agency, press, think_tank, civil_society, newsletter; did you mean 'press'",
        ),
        (["feeds", "preview", "https://press.example", "--kind", "pages"], "did you mean 'page'?"),
        (["hit"], "monitor: no such command 'hit'; did you mean 'hits'?\n"),
        (["feeds", "lst"], "monitor feeds: no such command 'lst'; did you mean 'list'?\n"),
        (["hits", "--sinec", "7d"], "monitor hits: no such option '--sinec'; did you mean '--since'?\n"),
        (["hits", "--until", "7d"], "monitor hits: no such option '--until'; `monitor hits --help`"),
        (["feeds", "preview", "x", "--kind"], "monitor feeds preview: option '--kind' requires an argument; `monitor "),
        (["--config"], "monitor: option '--config' requires an argument; `monitor --help`"),
        (
            ["hits", "--config", "x"],
            "monitor hits: write --config directly after monitor; it stands before the command\n",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_exist(monitor: Callable, arguments: list[str], error: str) -> None:
    result = monitor(*arguments)
    assert (result.code, error in result.err) == (2, True)


def test_the_version_is_printed(monitor: Callable) -> None:
    assert monitor("--version").out.startswith("monitor, version ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["hits", "--since", "yesterday"],
        ["hits", "--since", "2026-02-30"],
        ["hits", "--limit", "0"],
        ["hits", "--limit", MANY],
        ["stories", "--limit", MANY],
        ["search", "news", "--limit", MANY],
        ["versions", MANY],
        ["digest", "runs", "brief", "--limit", MANY],
        ["deliveries", "--limit", MANY],
        ["deliveries", "--retry", MANY],
        ["rules", "why", MANY],
        ["hits", "--format", "xml"],
        ["feeds", "check", "no-such-feed"],
        ["poll", "no-such-feed"],
        ["poll", "meridian-wire", "--all"],
        ["digest", "send", "no-such-digest"],
        ["digest", "send", "brief", "--to", "no-such-channel"],
        ["digest", "preview", "no-such-digest"],
        ["channels", "test", "no-such-channel"],
        ["deliveries", "--retry", "4711"],
        ["feeds", "add", "ftp://example.org/feed"],
        ["run", "--role", "nonsense"],
        ["health", "--role", "nonsense"],
        ["extract", "no-such-file.html"],
        ["feeds", "add"],
        ["hits", "--limit"],
        ["match", "a", "b"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused_with_2_in_one_line(arguments: list[str], monitor: Callable) -> None:
    result = monitor(*arguments)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert "Usage:" not in result.err


@pytest.mark.parametrize("role", ["scheduler", "worker"])
def test_workers_on_an_sqlite_file_are_refused_in_one_line_that_says_what_to_do(role: str, monitor: Callable) -> None:
    result = monitor("run", "--role", role)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert f"--role {role} needs PostgreSQL" in result.err
    assert "omit the option" in result.err


def test_a_refused_configuration_is_3_and_tells_all_of_it(monitor: Callable, service: Service) -> None:
    service.write("feeds.yaml", "feeds:\n  - {id: a, url: no-address, colour: red}\n  - {id: a}\n")
    result = monitor("hits")
    assert (result.code, result.out) == (3, "")
    *problems, last = result.err.splitlines()
    errors = [line for line in problems if ": error: " in line]
    assert len([line for line in errors if re.search(r"feeds.yaml:\d+:\d+: error: C\d+ ", line)]) >= 3
    assert last == f"monitor: invalid configuration: {len(errors)} errors"

    feeds = "".join(f"  - {{id: f{n}, url: 'https://f.example/{n}', key{n}: x}}\n" for n in range(14))
    service.write("feeds.yaml", f"feeds:\n{feeds}")
    *problems, last = monitor("hits").err.splitlines()
    errors = [line for line in problems if ": error: " in line]
    assert [f"key{n}'" in " ".join(errors) for n in range(14)] == [True] * 14
    assert last == f"monitor: invalid configuration: {len(errors)} errors"


def test_an_error_in_a_file_that_a_command_does_not_use_does_not_stop_it(monitor: Callable, service: Service) -> None:
    service.write("channels.yaml", "channels: {team: {type: fax}}\n")
    service.write("digests.yaml", "digests: [{id: X Y}]\n")
    for command in ("feeds preview gazette-publique", "feeds check gazette-publique", "rules test", "db prune"):
        result = monitor(*command.split())
        assert result.code == 0, result.err
    assert monitor("channels", "test", "team").code == monitor("poll").code == 3
    service.write("rules/topics.yaml", "rules: [{id: X Y}]\n")
    service.write("channels.yaml", f"channels: {{team: {{type: file, dir: {service.outbox}}}}}\n")
    assert monitor("channels", "test", "team").code == 0
    assert monitor("rules", "test").code == 3


def test_commands_that_send_nothing_need_no_secret_of_a_channel(monitor: Callable, service: Service) -> None:
    file = (service.config / "channels.yaml").read_text(encoding="utf-8")
    service.write("channels.yaml", f"{file}  hook: {{type: webhook, url: '${{HOOK_OF_NOBODY}}'}}\n")
    for command in (
        "feeds list", "feeds export -", "rules list", "rules show eu-ai-act", "rules why-not eu-ai-act 1", "ledger",
        "hits", "stories", "search AI", "versions 1", "feeds health", "rules backfill eu-ai-act",
        "digest list", "digest preview brief", "deliveries", "audit estimate", "db current",
    ):  # fmt: skip
        result = monitor(*command.split())
        assert result.code == 0, f"{command}: {result.err}"
        assert "HOOK_OF_NOBODY" not in result.err
    for command in ("poll", "digest send brief", "deliveries --retry 1", "rules check"):
        result = monitor(*command.split())
        assert (result.code, "variable HOOK_OF_NOBODY is not set" in result.err) == (3, True), command
    service.write("channels.yaml", f"{file}  hook: {{type: webhook, url: '${{HOOK_OF_NOBODY}}', colour: red}}\n")
    assert monitor("db", "prune").code == 0


def test_commands_that_read_only_rules_and_a_file_need_no_database(
    monitor: Callable, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, documents = service.folder / "text.txt", service.folder / "labelled.jsonl"
    file.write_text("Ireland names its EU AI Act authority", encoding="utf-8")
    documents.write_text('{"id": "1", "title": "EU AI Act", "text": "EU AI Act.", "topics": ["eu-ai-act"]}\n')
    monkeypatch.delenv("DATABASE_OF_NOBODY", raising=False)
    service.write(
        "monitor.yaml", 'database: "${DATABASE_OF_NOBODY}"\nweb: {listen: 0.0.0.0:80, token: "${DATABASE_OF_NOBODY}"}\n'
    )
    for command in (
        f"match {file}", f"rules why-not eu-ai-act {file}", "rules test", "rules list", "rules show eu-ai-act",
        f"rules score {documents}", f"seed {file} --id act --out -", "feeds list",
    ):  # fmt: skip
        result = monitor(*command.split())
        assert (result.code, result.out != "") == (0, True), f"{command}: {result.err}"
    assert "the files are shown" in result.err
    assert monitor("hits").code == monitor("rules", "why-not", "eu-ai-act", "1").code == 3


def test_an_unreachable_server_is_4_after_one_attempt_in_one_line_without_its_password(
    monitor: Callable, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempts: list[object] = []

        def refuse() -> None:
            with suppress(OSError):
                while True:
                    connection, address = server.accept()
                    attempts.append(address)
                    connection.close()

        threading.Thread(target=refuse, daemon=True).start()
        where = f"127.0.0.1:{server.getsockname()[1]}"
        address = f"postgresql+psycopg://u:XXXXcanaryXXXX@{where}/x?sslmode=disable&gssencmode=disable"
        monkeypatch.setenv("MONITOR_DATABASE", address)
        for command, code in (("hits", 4), ("run", 4), ("health", 1), ("rules list", 0)):
            attempts.clear()
            result = monitor(*command.split())
            assert (result.code, len(result.err.splitlines()), len(attempts)) == (code, 1, 1), (command, result.err)
            assert "canary" not in result.out + result.err
        server.shutdown(socket.SHUT_RDWR)


def test_a_folder_that_is_not_there_is_3(monitor: Callable, tmp_path: Path) -> None:
    assert monitor("hits", config=tmp_path / "nowhere").code == 3


def test_a_database_that_is_not_there_is_4_and_says_how_to_make_it(monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").unlink()
    result = monitor("hits")
    assert (result.code, result.out) == (4, "")
    assert "monitor db upgrade" in result.err
    assert len(result.err.splitlines()) == 1
    assert not (service.folder / "monitor.db").exists()


def test_a_file_that_is_no_database_is_4(monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").write_bytes(b"this is not a database, and long enough to be one" * 100)
    result = monitor("hits")
    assert result.code == 4
    assert "Traceback" not in result.err


def test_a_row_edited_by_hand_is_4_and_named_with_its_column(monitor: Callable, service: Service) -> None:
    def edit(column: str, value: object) -> None:
        with closing(sqlite3.connect(service.folder / "monitor.db")) as database, database:
            database.execute(f"UPDATE articles SET {column} = ? WHERE id IN (1, 2)", (value,))

    where = f"database sqlite:///{service.folder}/monitor.db: table articles, row id 2, column"
    for column, value, what in (("published_at", "31/12/2026", "a time"), ("boilerplate", "[[0, 5", "JSON")):
        with closing(sqlite3.connect(service.folder / "monitor.db")) as database:
            (kept,) = database.execute(f"SELECT {column} FROM articles WHERE id = 2").fetchone()
        edit(column, value)
        result = monitor("rules", "why-not", "eu-ai-act", "2")
        edit(column, kept)
        assert (result.code, result.out) == (4, "")
        assert result.err.startswith(f"{where} {column}: '{value}' is not {what}; correct it or delete the row")
        assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        ("digest = 'gone'", "the files of the configuration gone are not there"),
        ("refusals = '[{}]'", "the column refusals holds no refused edits"),
    ],
)
def test_a_stored_configuration_edited_by_hand_is_4_and_what_to_do(
    edit: str, what: str, monitor: Callable, service: Service
) -> None:
    with closing(sqlite3.connect(service.folder / "monitor.db")) as database, database:
        database.execute(f"UPDATE configuration_in_force SET {edit}")
    result = monitor("rules", "list")
    assert (result.code, len(result.err.splitlines())) == (4, 1)
    message = f"table configuration_in_force, row id 1: {what}; delete the row, and `monitor poll`"
    assert message in result.err
    result = monitor("health")
    assert (result.code, message in result.err) == (1, True)
    result = monitor("doctor", "--format", "json")
    assert (result.code, {"versions", "config", "database"} <= {each["area"] for each in result.json}) == (1, True)
    with open_app(settings.load(service.config, {}), migrate=False) as app:
        assert page_process.refusals_of_daemon(app) in {None, ()}
        page_process.follow_daemon(app)
        assert app.settings.refusals == (), "the page goes on with the files"


def test_a_path_that_the_system_refuses_is_2_and_one_line(monitor: Callable, tmp_path: Path) -> None:
    (tmp_path / "law.txt").write_text("Ports must open their tide gauges.\n", encoding="utf-8")
    path = str(tmp_path / ("x" * 300))
    for command in (["seed", str(tmp_path / "law.txt"), "--out", path], ["db", "backup", path]):
        result = monitor(*command)
        assert (result.code, result.out, result.err) == (2, "", f"{path}: file name too long\n")


@pytest.mark.parametrize(("command", "code"), [("run", 1), ("serve", 1), ("seed", 2)])
def test_a_path_that_is_refused_ends_a_service_with_a_code_after_which_it_is_restarted(
    command: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def breaks() -> None:
        raise OSError(errno.EROFS, "Read-only file system", "data/backups")

    monkeypatch.setitem(cli.main.commands, command, breaks)
    assert cli.run([command]) == code
    assert capsys.readouterr().err == "data/backups: read-only file system\n"
    assert cli.run(["--debug", command]) == code
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_is_reported_in_one_line_with_a_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def breaks() -> None:
        raise RuntimeError("https://user:XXXXcanaryXXXX@example.org")

    cli.main.add_command(breaks)
    try:
        assert cli.run(["breaks"]) == 70
        result = capsys.readouterr().err
        assert "RuntimeError" in result
        assert "Traceback" not in result
        assert cli.run(["--debug", "breaks"]) == 70
        shown = capsys.readouterr().err
        assert "Traceback" in shown
        assert "canary" not in result + shown
    finally:
        del cli.main.commands["breaks"]


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    cli.main.add_command(interrupted)
    try:
        assert cli.run(["interrupted"]) == 130
    finally:
        del cli.main.commands["interrupted"]


LISTINGS = [["hits"], ["stories", "--format", "csv"], ["search", "the"], ["feeds", "list"], ["--help"]]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["feeds", "export", "nowhere/x.opml"], "no such file or directory"),
        (["feeds", "export", "a-file/x.opml"], "not a directory"),
        (["seed", "a-file", "--out", "nowhere/x.yaml"], "no such file or directory"),
    ],
)
def test_a_file_of_results_that_cannot_be_opened_is_2_and_one_line(
    arguments: list[str], why: str, monitor: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("Ports must open their tide gauges.\n\nThe Harbour Sensor Act obliges them.\n")
    result = monitor(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err == f"{arguments[-1]} cannot be written: {why}\n"


def on_shell(service: Service, arguments: list[str], then: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a shell that closes its streams."""
    script = f'"$@" {then}; echo "ended with $?" >&2'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "monitor", "--config", str(service.config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", LISTINGS, ids=" ".join)
def test_a_reader_that_closes_the_pipe_early_is_no_error(arguments: list[str], service: Service) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = service.start(*arguments, stdout=writing)
    os.close(writing)
    assert program.communicate() == (None, "")
    assert program.returncode == 0


@pytest.mark.parametrize("arguments", LISTINGS, ids=" ".join)
def test_results_that_do_not_fit_on_the_disk_are_reported_in_one_line(arguments: list[str], service: Service) -> None:
    with Path("/dev/full").open("wb") as full:
        program = service.start(*arguments, stdout=full)
    assert program.communicate() == (None, "monitor: the output could not be written: no space left on device\n")
    assert program.returncode == 74


@pytest.mark.parametrize("arguments", [["hits"], ["--help"]], ids=" ".join)
def test_results_for_a_closed_stream_are_reported_in_one_line(arguments: list[str], service: Service) -> None:
    done = on_shell(service, arguments, ">&-")
    assert done.stderr.splitlines() == [
        "monitor: the output could not be written: bad file descriptor",
        "ended with 74",
    ]


def test_other_streams_that_are_closed_do_not_keep_the_results_from_being_printed(service: Service) -> None:
    done = on_shell(service, ["feeds", "list"], "<&- 2>&-")
    assert "meridian-wire" in done.stdout
    assert done.stderr.splitlines() == ["ended with 0"]


def test_each_command_is_in_the_module_that_is_imported_for_it() -> None:
    for name in cli.MODULES:
        alone = cli.CommandGroup()
        assert alone.get_command(click.Context(alone), name) is not None, name
    assert cli.MODULES.keys() == cli.main.commands.keys()
