"""The command line: arguments -> one call -> text or JSON, and an exit code. No logic.

Exit codes: 0 done; 1 done, and something was found wrong; 2 usage; 3 configuration refused; 4 database unreachable or
not migrated; 70 a bug of this program; 74 the results cannot be written; 130 interrupted. Commands import what they
need when they run, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import __version__
from monitor.cli import (
    channels,
    db,
    demo,
    digest,
    doctor,
    extract,
    feeds,
    hits,
    match,
    poll,
    rules,
    seed,
    streams,
)
from monitor.cli import (
    run as run_,
)
from monitor.cli.session import Session
from monitor.core.errors import ConfigurationError, MonitorError, ResourceLimitError
from monitor.runtime import descriptors, logs

if TYPE_CHECKING:
    from collections.abc import Sequence

BUG, UNWRITTEN, INTERRUPTED = 70, 74, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config"),
    envvar="MONITOR_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The folder with monitor.yaml, feeds.yaml, channels.yaml, digests.yaml and rules/.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log what happens, not only what goes wrong.")
@click.option("--debug", is_flag=True, help="Log everything, and show tracebacks.")
@click.version_option(__version__, prog_name="monitor")
@click.pass_context
def main(context: click.Context, config: Path, *, verbose: bool, debug: bool) -> None:
    """Watch news feeds for policy that matters to you, say why, and send it once.

    New here? `monitor demo` shows the whole of it on sample news, within a minute.
    """
    context.obj = Session(config=config, verbose=verbose, debug=debug)
    logs.configure(level=context.obj.level())


for module in (run_, poll, demo, hits, extract, match, rules, seed, feeds, digest, channels, db, doctor):
    for command in module.COMMANDS:
        main.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; whatever happens ends in one clear line."""
    try:
        streams.take_closed()
        code = main.main(args=list(arguments), prog_name="monitor", standalone_mode=False)
        sys.stdout.flush()
    except (SystemExit, BrokenPipeError):  # the first is what click makes of the second
        streams.give_up()
        return 0  # whoever reads the results has enough
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except MonitorError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - the last wall: a bug is told in one line, its traceback goes to the log
        return _unwritten(error) or _starved(error) or _bug(error, shown="--debug" in arguments)
    return code if isinstance(code, int) else 0


def _refused(error: MonitorError) -> int:
    errors = [each for each in error.problems if each.level == "error"] if isinstance(error, ConfigurationError) else []
    said = "\n".join(map(str, errors)) or str(error)  # warnings would hide what stops it; `rules check` shows them
    click.echo(logs.Redactor().redact(said), err=True)
    if errors:
        click.echo(f"monitor: the configuration is refused: {len(errors)} error{'s' * (len(errors) != 1)}", err=True)
    return error.exit_code


def _unwritten(error: Exception) -> int:
    """Tell that the results could not be written; 0 when it is something else that went wrong."""
    if not (isinstance(error, OSError) and streams.is_lost(error)):
        return 0
    streams.give_up()
    click.echo(f"monitor: the results cannot be written: {(error.strerror or str(error)).lower()}", err=True)
    return UNWRITTEN


def _starved(error: Exception) -> int:
    """Tell that nothing more could be opened; 0 when it is something else that went wrong."""
    return _refused(ResourceLimitError()) if descriptors.is_exhaustion_error(error) else 0


def _bug(error: Exception, *, shown: bool) -> int:
    import structlog

    words = f"monitor: sorry, that is a bug: {type(error).__name__}: {error}"
    click.echo(logs.Redactor().redact(words.splitlines()[0]), err=True)
    if shown:
        structlog.get_logger("monitor").critical("bug", exc_info=error)
    else:
        click.echo("monitor: run it again with --debug (monitor --debug COMMAND) to see where", err=True)
    sys.stderr.flush()
    return BUG
