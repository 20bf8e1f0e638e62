"""The command line: parses arguments, calls a use-case, prints text or JSON, and sets the exit code.

Exit codes: 0 success; 1 the command ran and found a problem; 2 wrong usage; 3 invalid configuration; 4 database
unreachable or not migrated; 70 a bug in this program; 74 the output could not be written; 130 interrupted. Commands
import what they need when they run, so that `--help` starts fast.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from monitor import __version__
from monitor.cli import streams
from monitor.cli.output import plain
from monitor.cli.session import Session
from monitor.cli.usage_errors import CommandContext, print_usage_error, use_command_context
from monitor.core.counts import count
from monitor.core.errors import (
    ConfigurationError,
    MonitorError,
    ResourceLimitError,
    UnreadableRowError,
    UsageError,
    count_errors,
    errors_of,
)
from monitor.runtime import descriptors, logs, working_folder

BUG, OUTPUT_ERROR, INTERRUPTED = 70, 74, 130
_REFUSED_PATHS = {errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS}
_SERVICES = {"run", "serve"}
MODULES = {
    "audit": "audit",
    "channels": "channels",
    "db": "db",
    "deliveries": "channels",
    "demo": "demo",
    "digest": "digest",
    "doctor": "doctor",
    "extract": "extract",
    "feeds": "feeds",
    "health": "health",
    "hits": "hits",
    "ledger": "ledger",
    "match": "match",
    "poll": "poll",
    "rules": "rules",
    "run": "daemon",
    "search": "search",
    "seed": "seed",
    "serve": "daemon",
    "stories": "stories",
    "versions": "hits",
}
"""The module of each command, below `monitor.cli`."""


class CommandGroup(click.Group):
    """Imports the module of a command when the command is used, since all of them together take most of a second."""

    context_class = CommandContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*MODULES, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported if need be; None if there is none of that name."""
        if cmd_name in MODULES and cmd_name not in self.commands:
            self.import_module(MODULES[cmd_name])
        return super().get_command(ctx, cmd_name)

    def import_module(self, name: str) -> None:
        """Add the commands of one module below `monitor.cli`."""
        for command in importlib.import_module(f"monitor.cli.{name}").COMMANDS:
            use_command_context(command)
            self.add_command(command)

    def import_all(self) -> None:
        """Add the commands of all modules."""
        for name in dict.fromkeys(MODULES.values()):
            self.import_module(name)


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    type=click.Path(path_type=Path, readable=False),
    default=Path("config"),
    envvar="MONITOR_CONFIG",
    show_default=True,
    show_envvar=True,
    help="Directory with monitor.yaml, feeds.yaml, channels.yaml, digests.yaml and rules/.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log progress, not only errors.")
@click.option("--debug", is_flag=True, help="Log everything, with tracebacks.")
@click.version_option(__version__, prog_name="monitor")
@click.pass_context
def main(context: click.Context, config: Path, *, verbose: bool, debug: bool) -> None:
    """Watch news feeds for policy topics, and send digests and alerts that show why an article matched.

    New here? `monitor demo` runs everything on sample news within a minute.
    """
    context.obj = Session(config=config, verbose=verbose, debug=debug)
    logs.configure(level=context.obj.level())


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error is one line on stderr."""
    try:
        streams.replace_closed()
        streams.escape_unencodable()
        code = main.main(args=list(arguments), prog_name="monitor", standalone_mode=False)
        sys.stdout.flush()
    except (SystemExit, BrokenPipeError):  # the first is what click makes of the second
        streams.discard_output()
        return 0  # the reader closed the pipe: it has what it needs
    except click.ClickException as error:
        print_usage_error(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (MonitorError, UnreadableRowError) as error:
        return _report_refusal(error)
    except Exception as error:  # noqa: BLE001 - reports a bug in one line; its traceback goes to the log
        expected = _report_unwritten(error) or _report_shortage(error) or _report_lost_folder(error)
        debug = "--debug" in arguments
        expected = expected or _report_unusable_path(error, arguments, debug=debug)
        return expected or _report_bug(error, debug=debug)
    return code if isinstance(code, int) else 0


def _report_refusal(error: MonitorError | UnreadableRowError) -> int:
    errors = errors_of(error.problems) if isinstance(error, ConfigurationError) else []
    message = "\n".join(map(str, errors)) or str(error)  # without warnings; `rules check` shows them
    click.echo(logs.Redactor().redact(message), err=True)
    if errors:
        click.echo(f"monitor: invalid configuration: {count(count_errors(errors), 'error')}", err=True)
    return error.exit_code


def _report_unwritten(error: Exception) -> int:
    """Report that the output could not be written, and return the exit code; 0 for any other error."""
    if not (isinstance(error, OSError) and streams.is_output_error(error)):
        return 0
    streams.discard_output()
    click.echo(f"monitor: the output could not be written: {(error.strerror or str(error)).lower()}", err=True)
    return OUTPUT_ERROR


def _report_shortage(error: Exception) -> int:
    """Report that file descriptors ran out, and return the exit code; 0 for any other error."""
    return _report_refusal(ResourceLimitError()) if descriptors.is_exhaustion_error(error) else 0


def _report_lost_folder(error: Exception) -> int:
    """Report that the working folder is gone, in which relative paths are, and return the exit code; 0 if it is not."""
    if isinstance(error, FileNotFoundError):
        try:
            working_folder.check()
        except MonitorError as lost:
            return _report_refusal(lost)
    return 0


def _report_unusable_path(error: Exception, arguments: Sequence[str], *, debug: bool) -> int:
    """Report a path that the system refuses, and return the exit code; 0 for any other error.

    Of most commands it is an argument. The daemon and the web page may be able to use it later, as on a disk that is
    read-only for a while, and end with a code after which systemd restarts them.
    """
    if not (isinstance(error, OSError) and error.filename and error.errno in _REFUSED_PATHS):
        return 0
    if debug:
        _log_traceback("a path is refused", error)
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
    message = f"{plain(name)}: {(error.strerror or 'refused').lower()}"
    command = next((word for word in arguments if word in MODULES), "")
    return _report_refusal(MonitorError(message) if command in _SERVICES else UsageError(message))


def _report_bug(error: Exception, *, debug: bool) -> int:
    words = f"monitor: internal error (a bug): {type(error).__name__}: {error}"
    click.echo(logs.Redactor().redact(words.splitlines()[0]), err=True)
    if debug:
        _log_traceback("bug", error)
    else:
        click.echo("monitor: run `monitor --debug COMMAND` for the traceback", err=True)
    sys.stderr.flush()
    return BUG


def _log_traceback(event: str, error: Exception) -> None:
    import structlog

    structlog.get_logger("monitor").critical(event, exc_info=error)
