"""`monitor demo`: runs everything on sample news within a minute."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.output import console, exit_with_problem_if


@click.command()
@click.option("--keep", is_flag=True, help="Keep configuration, database and digest in ./data/demo.")
def demo(*, keep: bool) -> None:
    """Run everything once on sample news.

    Starts invented news sites on this machine (no network access), polls them into a separate database with the bundled
    rules, and shows the hits and the digest.
    """
    from monitor.cli.output import progress
    from monitor.demo import show

    exit_with_problem_if(not show(console(), progress, Path("data/demo") if keep else None))


COMMANDS = (demo,)
