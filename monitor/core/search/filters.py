"""Warns of search filters whose value is neither configured nor archived; usually it is misspelt."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from monitor.core.problems import did_you_mean

_PROBLEMS = {
    "feed": "there is no feed {!r}",
    "topic": "there is no topic {!r}",
    "language": "neither a feed nor an article has the language {!r}",
}


def unknown_filter(name: str, value: str, configured: Mapping[str, Collection[str]]) -> str:
    """Return the message for a value of `feed`, `topic` or `language`, with the configured one that is most similar."""
    otherwise = "write its code, like en" if name == "language" else ""
    return _PROBLEMS[name].format(value) + did_you_mean(value, configured[name], otherwise=otherwise)
