"""Options with a fixed list of values."""

from __future__ import annotations

from collections.abc import Iterable

import click


class Choice(click.Choice[str]):
    """One of several names; a wrong one is answered with all of them and the most similar one."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__([str(name) for name in names])

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail."""
        if value not in self.choices:
            from monitor.core.problems import did_you_mean

            hint = did_you_mean(value, self.choices)
            self.fail(f"'{value}' is not one of {', '.join(self.choices)}{hint}", param, ctx)
        return value
