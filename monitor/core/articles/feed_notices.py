# ruff: noqa: RUF001 - quotes of several languages
"""Finds what software adds to a text on its way into a feed or a page, and readers skip.

Such notices repeat the title, or name sites, users and addresses ("The post ... appeared first on AI News", "submitted
by /u/ai_law"), so that a word in them says nothing about the article. Each kind has a fixed form, stated here; what a
source prints under many of its articles is found by comparison instead (core.articles.boilerplate).
"""

from __future__ import annotations

import re

from monitor.core.model import Spans

_TITLE = r"[^\n]{0,400}?"
_NAME = r"(?=[A-Z0-9])[^\n,;!?]{1,80}$"
"""A site, with a capital or digit first, to the end of the line: news has the same verbs within sentences ("The post,
which appeared first on X, says", "L'articolo 5 proviene da una direttiva")."""
_NOTICES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    # WordPress under each entry, in the languages of its translations: post and site.
    (("appeared first on",), re.compile(rf"\bThe post {_TITLE}appeared first on {_NAME}", re.MULTILINE)),
    (("erschien zuerst auf",), re.compile(rf"\bDer Beitrag {_TITLE}erschien zuerst auf {_NAME}", re.MULTILINE)),
    (
        ("est apparu en premier sur",),
        re.compile(rf"\bL[’']article {_TITLE}est apparu en premier sur {_NAME}", re.MULTILINE),
    ),
    (("se publicó primero en",), re.compile(rf"\bLa entrada {_TITLE}se publicó primero en {_NAME}", re.MULTILINE)),
    (("apareceu primeiro em",), re.compile(rf"\bO post {_TITLE}apareceu primeiro em {_NAME}", re.MULTILINE)),
    (("proviene da",), re.compile(rf"\b(?:L[’']articolo|Il post) {_TITLE}proviene da {_NAME}", re.MULTILINE)),
    (("verscheen eerst op",), re.compile(rf"\bHet bericht {_TITLE}verscheen eerst op {_NAME}", re.MULTILINE)),
    (("pochodzi z serwisu",), re.compile(rf"\bArtykuł {_TITLE}pochodzi z serwisu {_NAME}", re.MULTILINE)),
    # Feeds of Hacker News: addresses, points and comments.
    (("Article URL:", "Comments URL:"), re.compile(r"(?:Article|Comments) URL: \S+|\bPoints: \d+|# Comments: \d+")),
    # Reddit: who submitted the link, and two links.
    (
        ("submitted by",),
        re.compile(
            r"\bsubmitted by\s{1,3}/?u/\S{1,40}(?:\s{1,3}to\s{1,3}/?r/\S{1,40})?"
            r"(?:\s{1,3}\[link\])?(?:\s{1,3}\[comments\])?"
        ),
    ),
    # The address of the site at which a text came out before.
    (
        ("originally appeared", "first appeared"),
        re.compile(r"\bThis (?:story|article|post|piece) (?:originally|first) appeared (?:on|in|at) [^\n.]{1,80}"),
    ),
    # Appeals to subscribe, and notices on cookies: whole sentences.
    (
        ("Sign up", "Subscribe"),
        re.compile(
            r"(?:^|(?<=[.!?] ))(?:Sign up|Subscribe)\b[^\n.!?]{0,160}\bnewsletter\b[^\n.!?]{0,80}", re.MULTILINE
        ),
    ),
    (
        ("use cookies", "uses cookies"),
        re.compile(
            r"(?:^|(?<=[.!?] ))(?:We|This (?:web)?site|Our (?:web)?site) uses? cookies\b[^\n.!?]{0,300}", re.MULTILINE
        ),
    ),
    # The link to the rest, at the very end.
    (
        ("Continue reading", "Read more", "Read the full", "Keep reading"),
        re.compile(
            r"(?:Continue reading|Read more|Read the full (?:story|article|post)|Keep reading)\b[^\n.]{0,160}\Z"
        ),
    ),
)
"""The words without which a notice cannot be there, and its form. Looking for the words costs microseconds."""


def find_feed_notices(text: str) -> Spans:
    """Return the spans of the notices in a text, in order."""
    spans = [
        match.span()
        for marks, pattern in _NOTICES
        if any(mark in text for mark in marks)
        for match in pattern.finditer(text)
    ]
    return tuple(sorted(spans))
