"""A digest as Slack messages in Block Kit: as many as it takes, each within Slack's limits.

Limits: 50 blocks, 3,000 characters a section and, undocumented, about 13,000 in all. A story is never cut in two. All
text is escaped and `verbatim`, so that nothing in it becomes a mention, a channel or a link. The surprise: asterisks
and other marks of a publisher are swapped for look-alikes, because Slack knows no escape for them.
"""

from __future__ import annotations

from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from monitor.core.messages.render import _words as words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from monitor.core.digests import Digest, Section
    from monitor.core.digests.coverage import CoverageReport
    from monitor.core.digests.digest_stories import DigestStory, MatchedRule
    from monitor.core.matching.passages import Passage

MOST_BLOCKS = 48
LONGEST_SECTION = 2_900
LONGEST_LINK = 1_000
LARGEST = 11_500
"""Characters of all blocks of a message as JSON, with room for what Slack counts besides."""
_APART = "\u200b"
"""A space without width."""
_LOOK_ALIKES = str.maketrans({"*": "\u2217", "`": "\u02cb", "~": "\u223c"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LINK_ESCAPES = str.maketrans({"*": "%2A", "`": "%60", "~": "%7E", "&": "&amp;"})


def slack(digest: Digest) -> tuple[dict[str, Any], ...]:
    """Render the digest as the bodies of one message or more: `text`, `blocks` and a `fallback` without blocks."""
    parts = list(_packed(_lines(digest)))
    subject = escape(words.subject(digest))
    bodies = []
    for number, lines in enumerate(parts, 1):
        place = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        head = [f"*{escape(words.headline(digest))}*{place}"]
        bodies.append(_body(f"{subject}{place}", [*head, *lines]))
    return tuple(bodies)


def body(title: str, lines: Iterable[str]) -> dict[str, Any]:
    """Make the one message of a notice or a test from plain lines."""
    return _body(escape(title), [f"*{escape(title)}*", *(escape(line)[:LONGEST_SECTION] for line in lines if line)])


def _body(title: str, lines: Sequence[str]) -> dict[str, Any]:
    from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

    blocks = [SectionBlock(text=MarkdownTextObject(text=line, verbatim=True)).to_dict() for line in lines]
    return {
        "text": title,
        "blocks": blocks,
        "fallback": "\n\n".join(lines),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _packed(lines: Iterable[str]) -> Iterator[list[str]]:
    """Part the sections into messages; what is one section stays whole."""
    packed: list[str] = []
    size = 0
    for line in lines:
        cost = _cost(line)
        if packed and (len(packed) >= MOST_BLOCKS or size + cost > LARGEST):
            yield packed
            packed, size = [], 0
        packed.append(line)
        size += cost
    yield packed


def _cost(line: str) -> int:
    """Count the characters of a section with its block around it."""
    return len(line) + line.count("\n") + line.count('"') + 90


def _lines(digest: Digest) -> Iterator[str]:
    head = [escape(words.summary(digest))]
    if digest.coverage:
        head.append(escape(words.coverage(digest.coverage)))
    yield "\n".join(head)
    if urgent := words.urgent(digest):
        yield f":rotating_light: {escape(urgent)}"
    for section in digest.sections:
        yield from _section(section, digest)
    updates = [_story(told, digest) for told in digest.updates]
    yield from _apart("Updates to earlier stories", updates, words.updates_left_out(digest))
    archive = list(_folded("", [_short(told, digest) for told in digest.backfilled]))
    yield from _apart("Found in the archive", archive, words.backfilled_left_out(digest))
    yield from _foot(digest)


def _section(section: Section, digest: Digest) -> Iterator[str]:
    yield f"*{escape(section.title)}*  {words.trend(section)}".rstrip()
    for told in section.major:
        yield _story(told, digest)
    yield from _folded("In passing", [_short(told, digest) for told in section.passing])
    yield from _folded("", [escape(words.pointer(pointer)) for pointer in section.cross_references])
    if line := words.left_out(section, digest):
        yield f"_{escape(line)}_"


def _apart(title: str, stories: Sequence[str], left_out: str) -> Iterator[str]:
    if stories or left_out:
        yield f"*{title}*"
    yield from stories
    if left_out:
        yield f"_{escape(left_out)}_"


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Put short lines together, as many as a section holds."""
    block = f"_{title}_" if title else ""
    empty = True
    for line in lines:
        added = f"{block}\n• {line}" if block else f"• {line}"
        if not empty and len(added) > LONGEST_SECTION:
            yield block
            added = f"• {line}"
        block, empty = added, False
    if not empty:
        yield block


def _story(told: DigestStory, digest: Digest) -> str:
    """Give a story its lines. Where the title is the evidence it is not repeated: a link's label takes no marks."""
    urgent = ":rotating_light: " if words.is_urgent(told) else ""
    lines = [f"{urgent}*{link(told.lead.url, escape(told.title))}*", _about(told, digest)]
    if told.passage and not told.in_title_only:
        lines.append(f"> {_marked(told.passage)}")
    lines += [_why(found) for found in told.matched_rules]
    lines += [escape(line) for line in (words.also_in(told.others), words.also_under(told)) if line]
    return _cut(lines)


def _why(found: MatchedRule) -> str:
    return f"_{escape(found.title)}_{escape(words.why(found).removeprefix(found.title))}"


def _short(told: DigestStory, digest: Digest) -> str:
    terms = escape(words.terms(told))
    urgent = ":rotating_light: " if words.is_urgent(told) else ""
    parts = (link(told.lead.url, escape(told.title)), _about(told, digest), terms)
    return f"{urgent}{' · '.join(part for part in parts if part)}"


def _about(told: DigestStory, digest: Digest) -> str:
    notes = "".join(f" · {note}" for note in words.notes(told, digest))
    return escape(f"{words.about(told, digest)}{notes}")


def _cut(lines: Sequence[str]) -> str:
    """Leave out whole lines, last first, until a section holds them; says so."""
    kept = list(lines)
    while len("\n".join(kept)) > LONGEST_SECTION - 30:
        kept.pop()
    if len(kept) < len(lines):
        kept.append(f"_and {words.count(len(lines) - len(kept), 'more line')}_")
    return "\n".join(kept)


def _foot(digest: Digest) -> Iterator[str]:
    if digest.quiet_topics:
        yield _fitting(partial(words.quiet, digest), words.MOST_TOPICS)
    if proof := digest.coverage:
        for place in range(len(words.shortfalls(proof, digest))):
            yield _fitting(partial(_shortfall, proof, digest, place), words.MOST_FEEDS)
    yield from _folded("Rules changed", [escape(line) for line in words.rule_changes(digest)])
    yield escape(words.signature(digest))


def _shortfall(proof: CoverageReport, digest: Digest, place: int, most: int) -> str:
    what, which = words.shortfalls(proof, digest, most)[place]
    return f"{what}: {which}"


def _fitting(say: Callable[[int], str], most: int) -> str:
    """Name as many as a section holds; `say` names so many and counts the others."""
    lines = (escape(say(number)) for number in range(most, 0, -1))
    return next((line for line in lines if len(line) <= LONGEST_SECTION), escape(say(1))[:LONGEST_SECTION])


def escape(text: str) -> str:
    """Make a text that Slack shows as it is."""
    return text.translate(_LOOK_ALIKES).translate(_ESCAPES)


def link(url: str, label: str) -> str:
    """Link an escaped label; a label alone where there is no address, or one that would fill the section."""
    target = url.translate(_LINK_ESCAPES)
    return f"<{target}|{label}>" if 0 < len(target) <= LONGEST_LINK else label


def _marked(passage: Passage) -> str:
    """Set marked pieces in bold. Slack wants no letter against an asterisk's outside, so a letter is held off."""
    told = ""
    for piece, following in zip_longest(passage, passage[1:]):
        text = escape(piece.text)
        if not piece.marked:
            told += text
            continue
        before = _APART if told[-1:].isalnum() else ""
        after = _APART if following and following.text[:1].isalnum() else ""
        told += f"{before}*{text}*{after}"
    return told
