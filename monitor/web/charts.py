"""Charts as points for SVG templates. Shares from 0 to 1 become coordinates; nothing here is markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT = 640, 180, 40
"""Of a chart in pixels, and of the margin for its labels."""
_MARGIN = 12
_SIDES = (-20, 20)
"""Edges of the band of a single week, from its dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfWeek:
    """One week of a chart; `share` is None if it is not known."""

    share: float | None
    low: float
    high: float
    label: str

    @property
    def is_known(self) -> bool:
        """Return True unless the share can be anything."""
        return self.share is not None or (self.low, self.high) != (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandChart:
    """A line with a band, as the attributes `points` of SVG elements."""

    band: str
    line: str
    dots: tuple[tuple[float, float], ...]
    labels: tuple[tuple[float, str], ...]
    """The place of each week's label, from the left."""


def band_chart(weeks: Sequence[ShareOfWeek]) -> BandChart:
    """Draw the weeks from left to right; a week without a share has a band and no dot. There is at least one."""
    xs = [_x(index, len(weeks)) for index in range(len(weeks))]
    edges = list(zip(xs, weeks, strict=True)) if len(weeks) > 1 else [(xs[0] + side, weeks[0]) for side in _SIDES]
    upper = [(x, y(week.high)) for x, week in edges]
    lower = [(x, y(week.low)) for x, week in edges]
    dots = tuple((x, y(week.share)) for x, week in zip(xs, weeks, strict=True) if week.share is not None)
    every = max(1, len(weeks) // 6)
    labelled = list(zip(xs, weeks, strict=True))[::every]
    return BandChart(
        band=_points([*upper, *reversed(lower)]),
        line=_points(dots),
        dots=dots,
        labels=tuple((x, week.label) for x, week in labelled),
    )


def y(share: float) -> float:
    """Return the distance of a share from the top."""
    return round(_MARGIN + (1 - share) * (HEIGHT - 2 * _MARGIN), 1)


def _x(index: int, count: int) -> float:
    width = WIDTH - LEFT - _MARGIN
    return round(LEFT + (width * index / (count - 1) if count > 1 else width / 2), 1)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
