"""`monitor demo`: the whole of it on sample news, within a minute."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.output import console


@click.command()
@click.option("--keep", is_flag=True, help="Keep configuration, database and digest in ./data/demo, to go on with.")
@click.pass_context
def demo(context: click.Context, *, keep: bool) -> None:
    """See the whole of it on sample news.

    Starts a newsroom of invented outlets on this machine (nothing goes out to the network), polls it into a database of
    its own with the rules that ship, and shows hits and the digest.
    """
    from monitor.cli.progress import progress
    from monitor.demo import show

    if not show(console(), progress, Path("data/demo") if keep else None):
        context.exit(1)


COMMANDS = (demo,)
