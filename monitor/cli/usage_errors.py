"""The one line about a command line that cannot be parsed: which command, what is wrong, and what to do.

Click would print three lines: the usage, a hint at `--help`, and the error.
"""

from __future__ import annotations

import re
from types import TracebackType

import click
from click.exceptions import NoArgsIsHelpError

from monitor.cli.output import plain
from monitor.runtime import logs

_NO_COMMAND = re.compile(r"No such command '(?P<name>.+)'\.", re.DOTALL)
"""The message of click."""


class CommandContext(click.Context):
    """Adds the command to each usage error, since click raises those of its parser without one."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Leave the command; of nested commands, the innermost is the one that an error names."""
        if isinstance(error, click.UsageError):
            error.ctx = error.ctx or self
        return super().__exit__(kind, error, traceback)


def use_command_context(command: click.Command) -> None:
    """Let the errors of a command, and of those below it, name the command."""
    command.context_class = CommandContext
    if isinstance(command, click.Group):
        for below in command.commands.values():
            use_command_context(below)


def print_usage_error(error: click.ClickException) -> None:
    """Print the error on stderr; for a group without a command, its help."""
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "monitor"
    words = _message(error, context)
    help_ = f"; `{command} --help` shows how to use it" if context and "; " not in words else ""
    click.echo(logs.Redactor().redact(f"{command}: {plain(words)}{help_}"), err=True)


def _message(error: click.ClickException, context: click.Context | None) -> str:
    """Return what is wrong, without the capital and full stop of a sentence."""
    from monitor.core.problems import did_you_mean

    if context and (unknown := _NO_COMMAND.fullmatch(error.message)):
        group, name = context.command, unknown["name"]
        names = group.list_commands(context) if isinstance(group, click.Group) else ()
        return f"no such command '{name}'{did_you_mean(name, names)}"
    if context and isinstance(error, click.NoSuchOption):
        if any(error.option_name in each.opts for each in context.find_root().command.params):
            return f"write {error.option_name} directly after monitor; it stands before the command"
        named = [name for each in context.command.get_params(context) for name in each.opts if name.startswith("--")]
        options = [name.removeprefix("--") for name in named]  # compared without what all have in common
        hint = did_you_mean(error.option_name.lstrip("-"), options, quoted="'--{}'")
        return f"no such option '{error.option_name}'{hint}"
    words = " ".join(error.format_message().split()).removesuffix(".")
    return words[:1].lower() + words[1:]
