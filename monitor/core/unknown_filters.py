"""Warns of filters of hits and searches whose value names nothing; usually it is misspelt.

`configured` are the names of `Settings.filter_names`. An empty list of results alone would hide a typo.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from monitor.core.problems import did_you_mean

_PROBLEMS = {
    "feed": "there is no feed {!r}",
    "topic": "there is no topic {!r}",
    "language": "neither a feed nor an article has the language {!r}",
}


def unknown_hit_filters(
    filters: Mapping[str, str | None], configured: Mapping[str, Collection[str]], quoted: str = "'{}'"
) -> list[str]:
    """Return a warning for each filter by rule, topic or feed that names nothing in the configuration; None: no filter.

    `quoted` is how names are quoted.
    """
    return [
        f"There is no {kind} {quoted.format(name)} in the configuration"
        + (did_you_mean(name, configured[kind], quoted=quoted) or ".")
        for kind, name in filters.items()
        if name is not None and name not in configured[kind]
    ]


def unknown_search_filter(name: str, value: str, configured: Mapping[str, Collection[str]]) -> str:
    """Return the message for a value of `feed`, `topic` or `language`, with the configured one that is most similar.

    To be called for a value that the archive does not have either.
    """
    otherwise = "write its code, like en" if name == "language" else ""
    return _PROBLEMS[name].format(value) + did_you_mean(value, configured[name], otherwise=otherwise)
