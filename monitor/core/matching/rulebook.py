"""What rule files say, as values: rules, topics and lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from monitor.core.documents import Mark
    from monitor.core.matching.expressions import AnyOf, Expression, NamedList
    from monitor.core.model import Article, RuleId, Source


@dataclass(frozen=True, slots=True)
class Topic:
    """What digests group by."""

    title: str
    order: int


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Which sources a rule is for: ids, domains (with all below them), tiers or tags."""

    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spike:
    """One alert when so many stories from so many sources fall into one window."""

    stories: int
    within: timedelta
    min_sources: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test of a rule."""

    kind: Literal["hit", "miss"]
    article: Article
    source: Source
    mark: Mark
    fixture: str = ""
    """The JSON file that holds the article, with the folder of its rule file before it."""
    because: tuple[str, ...] = ()
    """Terms that must be in the evidence."""
    todo: bool = False
    """Known to fail: reported, not fatal."""
    note: str = ""

    @property
    def name(self) -> str:
        """What to call it in a report."""
        return self.article.title or self.fixture


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One watch rule, checked."""

    id: RuleId
    title: str
    topic: str
    condition: Expression
    hash: str
    """sha256 of what decides whether it matches; stored with each hit."""
    mark: Mark
    status: str = "test"
    priority: str = "normal"
    notify: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    """Article languages; empty: all."""
    sources: SourceFilter = SourceFilter()
    tags: tuple[str, ...] = ()
    seed: str = ""
    """`SEED-ID#THEME-ID`: the theme of a source document that it comes from."""
    description: str = ""
    owner: str = ""
    references: tuple[str, ...] = ()
    created: str = ""
    ignore: AnyOf | None = None
    prominence: Literal["any", "major"] = "any"
    spike: Spike | None = None
    max_per_day: int | None = None
    """Stories of it that are alerted in a day, or, when it is never alerted, shown in one digest. None: all."""
    tests: tuple[RuleTest, ...] = ()
    suppress: Mapping[str, str] = field(default_factory=dict)
    """Lint codes silenced here, each with its reason."""

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What it looks for and what it looks away from."""
        return (self.condition,) if self.ignore is None else (self.condition, self.ignore)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, with the topics and lists of their files."""

    rules: tuple[Rule, ...]
    topics: Mapping[str, Topic]
    lists: Mapping[str, NamedList]
